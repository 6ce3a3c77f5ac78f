import { CONTROL_IDS, GATE_IDS, STEP_IDS, type ControlId } from './plan.ts';
import type { Fitting, ObjectShape } from './shape.ts';

const by = { type: 'string', maxLength: 200, description: 'Who you are, as the plan names you' } as const;
const plan = { type: 'string', maxLength: 100, description: 'Digest of the plan you have seen, sha256:…' } as const;
const reason = { type: 'string', description: 'Why, in a sentence; it is kept as evidence' } as const;
const facts = { type: 'string', maxLength: 100, description: 'Digest of the facts you have seen' } as const;
const gate = { type: 'string', enum: GATE_IDS } as const;
const nonce = {
  type: 'string',
  maxLength: 100,
  description: 'Nonce of the open gate, when you want to name it',
} as const;
const shown = { type: 'string', maxLength: 100, description: 'Digest of the evidence you have seen' } as const;
const step = { type: 'string', enum: STEP_IDS, description: 'Without it: every step that waits' } as const;

const PLAN = 'sha256:5f0c…';
const INSTANT = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z$`;

/** Every message: what it does, the shape of its one argument, and an example to copy. */
export const MESSAGES = {
  approve: {
    does: 'Approves the open gate. Counts once a person, never for the requester.',
    shape: object({ gate, by, plan, reason, nonce, shown }, ['gate', 'by', 'plan']),
    example: { gate: 'begin-traffic', by: 'ben@acme.example', plan: PLAN, reason: 'checked the readiness report' },
  },
  reject: {
    does: 'Rejects the open gate. One rejection ends the go-live, with a rollback where traffic has moved.',
    shape: object({ gate, by, plan, reason, nonce, shown }, ['gate', 'by', 'plan', 'reason']),
    example: {
      gate: 'increase-traffic',
      by: 'chi@acme.example',
      plan: PLAN,
      reason: 'marketing mail goes out at noon',
    },
  },
  attest: {
    does: 'Vouches for one control, with the facts that were found; for several with "seen" and, where there are no facts, "controls".',
    shape: object(
      {
        control: { type: 'string', enum: CONTROL_IDS },
        controls: { type: 'array', items: { type: 'string', enum: CONTROL_IDS }, maxItems: CONTROL_IDS.length },
        seen: {
          type: 'object',
          description: 'Controls with the digest of the facts you have seen of each',
          properties: Object.fromEntries(CONTROL_IDS.map((id) => [id, facts])) as Record<ControlId, typeof facts>,
          required: [],
          additionalProperties: false,
        },
        by,
        plan,
        statement: { type: 'string', description: 'What you vouch for' },
        facts,
        evidence: { type: 'string', maxLength: 500, pattern: '^https?://', description: 'Link to what proves it' },
        expires: {
          type: 'string',
          maxLength: 40,
          pattern: INSTANT,
          description: 'Until when it holds, e.g. 2026-12-22T00:00:00Z',
        },
      },
      ['by', 'plan', 'statement'],
    ),
    example: {
      control: 'circuit-breakers',
      by: 'ben@acme.example',
      plan: PLAN,
      statement: 'Thresholds set for 1,200 requests a second',
      evidence: 'https://wiki.acme.example/breakers',
      expires: '2026-12-22T00:00:00Z',
    },
  },
  review: {
    does: 'Says of each sampled denial whether it was correct. An incorrect one blocks the go-live.',
    shape: object(
      {
        sample: { type: 'string', maxLength: 100, description: 'Digest of the sample you reviewed' },
        by,
        plan,
        verdicts: {
          type: 'array',
          maxItems: 500,
          items: object(
            {
              id: { type: 'string', maxLength: 200 },
              correct: { type: 'boolean' },
              note: { type: 'string' },
            },
            ['id', 'correct'],
          ),
        },
      },
      ['sample', 'by', 'plan', 'verdicts'],
    ),
    example: {
      sample: 'sha256:77c1…',
      by: 'dee@acme.example',
      plan: PLAN,
      verdicts: [{ id: 'evt_01', correct: true }],
    },
  },
  hold: {
    does: 'Freezes the traffic share. The watch, the deadlines and the rollback go on.',
    shape: object({ by, reason }, ['by', 'reason']),
    example: { by: 'ana@acme.example', reason: "waiting for the vendor's call" },
  },
  resume: {
    does: 'Ends a hold.',
    shape: object({ by, reason }, ['by']),
    example: { by: 'ana@acme.example', reason: 'vendor confirmed' },
  },
  abort: {
    does: 'Stops the go-live and makes the platform safe. Accepted in every state until the outcome is decided; the first one counts.',
    shape: object({ by, reason }, ['by', 'reason']),
    example: { by: 'chi@acme.example', reason: 'customers report denials' },
  },
  recheck: {
    does: 'Repeats what is blocked, after you have mended it.',
    shape: object({ by, step }, ['by']),
    example: { by: 'ana@acme.example', step: 'audit-pipeline' },
  },
  retryRollback: {
    does: 'Repeats the rollback step that needed hands.',
    shape: object({ by, step }, ['by']),
    example: { by: 'chi@acme.example', step: 'policy-rollback' },
  },
} as const satisfies Record<string, { does: string; shape: ObjectShape; example: object }>;

export type MessageName = keyof typeof MESSAGES;
export const MESSAGE_NAMES = Object.keys(MESSAGES) as readonly MessageName[];

/** The body of a message, once its shape was checked. */
export type Body<Name extends MessageName> = Fitting<(typeof MESSAGES)[Name]['shape']>;

function object<const P extends ObjectShape['properties'], const R extends readonly (keyof P & string)[]>(
  properties: P,
  required: R,
) {
  return { type: 'object', properties, required, additionalProperties: false } as const;
}
