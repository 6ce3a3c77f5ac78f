import { notFound } from './refusal.ts';
import type { AuthorityDecision } from './evaluation.ts';
import type { IntentRequest } from './requests.ts';

export type Execution =
  | { readonly attempted: true; readonly status: 'executed' | 'failed'; readonly adapterId: string }
  | { readonly attempted: false; readonly status: 'skipped'; readonly adapterId: null };

/** The contract's `IntentRecord`. */
export interface IntentRecord {
  readonly intentId: string;
  readonly correlationId: string;
  readonly tenantId: string;
  readonly environmentKey: string;
  readonly actor: IntentRequest['actor'];
  readonly targetSystem: string;
  readonly proposedAction: string;
  readonly riskContext: IntentRequest['riskContext'];
  readonly authorityDecision: AuthorityDecision;
  readonly escalationId: string | null;
  readonly execution: Execution;
  readonly createdAt: string;
}

/** As many as the audit log keeps the events of. */
const RETAINED_INTENTS = 60_000;

/** The stored intents of one tenant; the oldest are forgotten so that a sandbox can run for days. */
export class Intents {
  readonly #records = new Map<string, IntentRecord>();
  #recent: IntentRecord[] = [];

  add(record: IntentRecord): void {
    this.#records.set(record.intentId, record);
    this.#recent.push(record);
    if (this.#recent.length > RETAINED_INTENTS * 1.1) this.#forgetOldest();
  }

  /** Newest first. */
  newest(limit: number): IntentRecord[] {
    return this.#recent.slice(-limit).reverse();
  }

  get(id: string): IntentRecord {
    const record = this.#records.get(id);
    if (record === undefined) throw notFound('intent');
    return record;
  }

  #forgetOldest(): void {
    for (const { intentId } of this.#recent.slice(0, -RETAINED_INTENTS)) this.#records.delete(intentId);
    this.#recent = this.#recent.slice(-RETAINED_INTENTS);
  }
}
