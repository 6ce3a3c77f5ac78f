import { z } from 'zod';
import { parseDuration, formatDuration } from './duration.ts';
import { personKey } from './person.ts';
import { CONTROL_IDS } from './plan.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A duration as people write it, as milliseconds from here on. */
const duration = ({ least = 0, most = 30 * DAY }: { least?: number; most?: number } = {}) =>
  z.string().transform((text, context) => {
    const milliseconds = parseDuration(text);
    if (milliseconds === undefined) {
      context.addIssue({ code: 'custom', message: 'is not a duration such as 30m, 1h30m or PT5M' });
      return z.NEVER;
    }
    if (milliseconds < least || milliseconds > most) {
      context.addIssue({
        code: 'custom',
        message: `must lie between ${formatDuration(least)} and ${formatDuration(most)}`,
      });
    }
    return milliseconds;
  });

const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'must be 1 to 100 letters, digits, dots or dashes');
const person = z.string().trim().min(1, 'must name a person').max(200);
const share = z.number().gt(0).lt(1);
const link = z.url({ protocol: /^https?$/, error: 'must be a link, https://…' }).max(500);
const policyVersions = z.record(word, word).refine((packs) => Object.keys(packs).length > 0, 'must name a policy pack');

const limits = z
  .strictObject({
    latencyMs: z
      .strictObject({
        p50: z.number().positive().max(60_000),
        p95: z.number().positive().max(60_000),
        p99: z.number().positive().max(60_000),
      })
      .refine(({ p50, p95, p99 }) => p50 <= p95 && p95 <= p99, 'must rise from p50 to p99'),
    errorShare: z.number().gt(0).max(0.2),
    allowShare: z
      .strictObject({ min: share, max: share })
      .refine(({ min, max }) => min < max, 'min must be less than max'),
    minimumRequests: z.int().min(20).max(100_000_000),
    detectableErrorShare: share,
    auditLag: duration({ least: 1000, most: 2 * MINUTE }),
    policyEngineMs: z.number().positive().max(60_000),
    tokenSigningMs: z.number().positive().max(60_000),
    haltToDeny: duration({ least: 1000, most: MINUTE }),
  })
  .refine((it) => it.detectableErrorShare > it.errorShare, {
    path: ['detectableErrorShare'],
    message: 'must be greater than errorShare',
  });

const rampStage = <Percent extends number>(percent: Percent) =>
  z.strictObject({ percent: z.literal(percent), hold: duration({ least: 10 * MINUTE, most: 4 * HOUR }) });

/** Low traffic of 5–10 % for at least 30 minutes, then 25, 50 and 100 % over 2–4 hours, then at least a day. */
const rollout = z
  .strictObject({
    safePercent: z.int().min(0).max(4),
    lowTraffic: z.strictObject({
      percent: z.int().min(5).max(10),
      hold: duration({ least: 30 * MINUTE, most: DAY }),
    }),
    ramp: z.tuple([rampStage(25), rampStage(50), rampStage(100)]),
    postLaunch: duration({ least: DAY, most: 7 * DAY }),
    sampleEvery: duration({ least: 1000, most: MINUTE }),
    extendAtMost: duration({ most: 4 * HOUR }),
  })
  .refine(
    ({ ramp }) => {
      const total = ramp.reduce((sum, stage) => sum + stage.hold, 0);
      return total >= 2 * HOUR && total <= 4 * HOUR;
    },
    { path: ['ramp'], message: 'the holds must add up to between 2h and 4h' },
  );

const gate = z.strictObject({
  approvals: z.int().min(1).max(10),
  from: z
    .strictObject({ people: z.array(person).max(50).optional(), groups: z.array(word).max(20).optional() })
    .refine(({ people = [], groups = [] }) => people.length + groups.length > 0, 'must name people or groups'),
  within: duration({ least: 5 * MINUTE }),
  /** How long an approval is good for until it is used; after that it is asked for anew. */
  validFor: duration({ least: 15 * MINUTE, most: 7 * DAY }).prefault('12h'),
});

const gates = z.strictObject({ 'begin-traffic': gate, 'increase-traffic': gate, 'release-kill-switch': gate });

const controls = z.partialRecord(z.enum(CONTROL_IDS), z.strictObject({ owner: person, evidence: link }));

/** Gates after parsing: what `when` is asked about has its durations as numbers already. */
const parsedGates = z.record(
  z.string(),
  z.object({
    approvals: z.int(),
    from: z.object({ people: z.array(z.string()).optional(), groups: z.array(z.string()).optional() }),
  }),
);
const gatesAndRequester = z.object({ gates: parsedGates, requestedBy: person });
const controlsAndRequester = z.object({ controls, requestedBy: person });

const policy = z.strictObject({ active: policyVersions, previous: policyVersions }).superRefine((versions, context) => {
  const problem = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message });
  for (const pack of new Set([...Object.keys(versions.active), ...Object.keys(versions.previous)])) {
    const [active, previous] = [versions.active[pack], versions.previous[pack]];
    if (active === undefined) problem(['active', pack], 'is missing but has a previous version');
    else if (previous === undefined) problem(['previous', pack], 'is missing: nothing to roll back to');
    else if (active === previous) problem(['previous', pack], 'is the same as the active version');
  }
});

/** The plan, `apiVersion: golive/v1`, as a person hands it in. Parsing turns every duration into milliseconds. */
export const planSchema = z
  .strictObject({
    apiVersion: z.literal('golive/v1'),
    release: word,
    profile: word,
    tenant: word,
    environment: word,
    requestedBy: person,
    summary: z.string().trim().min(1, 'must be a sentence').max(200),
    policy,
    limits,
    rollout,
    gates,
    controls,
    denyReview: z.strictObject({
      sample: z.int().min(1).max(500),
      reviewers: z.array(person).min(1, 'must name a reviewer').max(50),
      seed: z.string().min(1).max(200),
    }),
    /** How long what was found before traffic may be relied on. */
    freshness: z
      .strictObject({
        facts: duration({ least: MINUTE, most: 7 * DAY }),
        drills: duration({ least: HOUR, most: 30 * DAY }),
      })
      .prefault({ facts: '1h', drills: '7d' }),
    patience: z.strictObject({
      blocked: duration({ least: 5 * MINUTE }),
      attestation: duration({ least: 5 * MINUTE }),
      review: duration({ least: 5 * MINUTE }),
    }),
    clock: z.strictObject({ speed: z.number().min(1).max(10_000) }).default({ speed: 1 }),
  })
  .check(
    z.superRefine(
      ({ gates, requestedBy }, context) => {
        for (const [id, { approvals, from }] of Object.entries(gates)) {
          if (from.groups !== undefined && from.groups.length > 0) continue;
          const eligible = new Set((from.people ?? []).map(personKey));
          eligible.delete(personKey(requestedBy));
          if (eligible.size >= approvals) continue;
          const message = `must name at least ${approvals} people other than the requester`;
          context.addIssue({ code: 'custom', path: ['gates', id, 'from', 'people'], message });
        }
      },
      // Mistakes elsewhere must not hide this one: every problem is told at once.
      { when: ({ value }) => gatesAndRequester.safeParse(value).success },
    ),
    z.superRefine(
      ({ controls: owned, requestedBy }, context) => {
        for (const [id, { owner }] of Object.entries(owned)) {
          if (personKey(owner) !== personKey(requestedBy)) continue;
          context.addIssue({ code: 'custom', path: ['controls', id, 'owner'], message: 'must not be the requester' });
        }
        if (owned['on-call'] !== undefined) return;
        context.addIssue({
          code: 'custom',
          path: ['controls', 'on-call'],
          message: 'is missing: somebody must be on call',
        });
      },
      { when: ({ value }) => controlsAndRequester.safeParse(value).success },
    ),
  );

/** A valid plan with every duration in milliseconds. */
export type Plan = Readonly<z.output<typeof planSchema>>;

/** What a plan holds itself against. */
export type Limits = Plan['limits'];
