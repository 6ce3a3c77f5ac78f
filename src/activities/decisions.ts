import { describeProblem } from '../approvals/decision.ts';
import type { KeysInForce } from '../approvals/key-source.ts';
import { audienceOf } from '../domain/ids.ts';
import type { Digest } from '../domain/verdict.ts';
import { digestOfBytes } from '../evidence/digest.ts';
import { isClosed } from '../evidence/facts.ts';
import { approvalPath, keySetPath } from '../evidence/layout.ts';
import { callingRun, keepReceipt } from './receipts.ts';
import type { Room } from './room.ts';
import type { Scope } from './world.ts';

/** A token that somebody sent, as the message of this name. */
export interface SentDecision {
  readonly name: string;
  readonly token: string;
}

/** What a token says once its signature was verified, or why it says nothing. */
export type ReadDecision =
  | {
      readonly ok: true;
      readonly by: string;
      readonly groups: readonly string[];
      readonly decision: Digest;
      readonly plan: string;
      readonly body: Readonly<Record<string, unknown>>;
    }
  | { readonly ok: false; readonly why: string };

export function decisionActivities({ store, trust }: Room) {
  return {
    /**
     * Verifies signed decisions against the operator's keys. One that holds is kept byte for byte, with the keys it was held
     * against and when it was received, under an id that no other run can use again.
     */
    async readDecisions(scope: Scope, { decisions }: { decisions: readonly SentDecision[] }): Promise<ReadDecision[]> {
      const read = [];
      for (const sent of decisions) read.push(await readOne(scope, sent));
      return read;
    },
  };

  async function readOne(scope: Scope, { name, token }: SentDecision): Promise<ReadDecision> {
    if (trust.mode === 'namespace') return { ok: false, why: 'this worker runs in namespace mode' };
    const { golive, runId } = callingRun();
    const receivedAt = Date.now();
    const audience = audienceOf(scope);
    const { reading, keys } = await trust.issuers.verify(token, { audience, golive, receivedAt });
    if (!reading.ok) return { ok: false, why: describeProblem(reading.problem) };
    const { id, by, groups, kind, plan, body } = reading.decision;
    if (kind !== name) return { ok: false, why: `what was signed is another message than ${name}` };
    if (await isClosed(store, scope.folder))
      return { ok: false, why: 'the go-live has ended, and its evidence is being sealed' };
    const tokenSha256 = digestOfBytes(Buffer.from(token, 'utf8'));
    const kept = await keepReceipt(store, scope, id, { golive, runId, kind, by, tokenSha256, receivedAt });
    if (!kept) return { ok: false, why: 'this decision was used in another run: sign a new one' };
    await keepOriginals(scope, id, token, keys);
    return { ok: true, by, groups, decision: id, plan, body };
  }

  async function keepOriginals({ folder }: Scope, id: Digest, token: string, keys: KeysInForce | undefined) {
    await store.put(`${folder}/${approvalPath(id)}`, Buffer.from(token, 'utf8'));
    if (keys !== undefined) await store.put(`${folder}/${keySetPath(digestOfBytes(keys.bytes))}`, keys.bytes);
  }
}
