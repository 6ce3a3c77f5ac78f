import type { MessageName } from '../domain/messages.ts';
import { ANYBODY, type Progress, type Waiting } from '../domain/run.ts';

/** What somebody says to a go-live that waits. */
export interface Saying {
  /** The same question to the same person is the same key. */
  readonly key: string;
  readonly name: MessageName;
  readonly by: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The people of the sandbox. Ana asks for the go-live and therefore decides nothing. */
export const PEOPLE = {
  requester: 'ana@acme.example',
  approvers: ['ben@acme.example', 'chi@acme.example'],
  attester: 'ben@acme.example',
  reviewer: 'dee@acme.example',
  rescuer: 'chi@acme.example',
} as const;

/** What the people of the sandbox say to one thing that waits, in the order in which they say it. */
export function sayingsFor(waiting: Waiting, plan: Progress['plan']): Saying[] {
  const { kind, what, from, until, nonce } = waiting;
  const key = `${kind} ${what} ${nonce ?? until ?? ''}`.trimEnd();
  switch (kind) {
    case 'approval':
      return PEOPLE.approvers.map((by) => ({
        key: `${key} ${by}`,
        name: 'approve',
        by,
        body: { gate: what, by, plan, reason: 'looks good in the rehearsal', ...(nonce ? { nonce } : {}) },
      }));
    case 'attestation': {
      const by = from.find((name) => name !== ANYBODY) ?? PEOPLE.attester;
      const { facts } = waiting;
      const body = { control: what, by, plan, statement: 'checked for the rehearsal', ...(facts ? { facts } : {}) };
      return [{ key, name: 'attest', by, body }];
    }
    case 'review': {
      const by = from[0] ?? PEOPLE.reviewer;
      const verdicts = (waiting.items ?? []).map((id) => ({ id, correct: true }));
      return verdicts.length === 0 ? [] : [{ key, name: 'review', by, body: { sample: what, by, plan, verdicts } }];
    }
    case 'recheck':
      return [{ key, name: 'recheck', by: PEOPLE.requester, body: { by: PEOPLE.requester, step: what } }];
    case 'hands':
      return [{ key, name: 'retryRollback', by: PEOPLE.rescuer, body: { by: PEOPLE.rescuer, step: what } }];
    case 'resume':
      return [{ key, name: 'resume', by: PEOPLE.requester, body: { by: PEOPLE.requester, reason: 'go on' } }];
  }
}
