import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Digest } from '../../domain/verdict.ts';
import { timestamp } from './ids.ts';

export interface Actor {
  readonly id: string;
  readonly type: string;
}

export type DecisionWord = 'APPROVED' | 'ESCALATED' | 'DENIED';

/** What happened, before it is linked into the chain. */
export interface AuditEntry {
  readonly eventType: string;
  readonly environmentKey: string | null;
  readonly actor: Actor;
  readonly correlationId?: string;
  readonly intentId?: string;
  readonly decision?: DecisionWord;
  readonly reason?: string | null;
  readonly policyId?: string | null;
  readonly targetRef?: string | null;
  readonly occurredAt?: string;
}

/** One link of the chain, as the contract's `AuditEvent`. */
export interface AuditEvent {
  readonly id: string;
  readonly sequence: number;
  readonly tenantId: string;
  readonly environmentKey: string | null;
  readonly eventType: string;
  readonly occurredAt: string;
  readonly correlationId: string | null;
  readonly intentId: string | null;
  readonly actor: Actor;
  readonly decision?: DecisionWord;
  readonly reason?: string | null;
  readonly policyId?: string | null;
  readonly targetRef: string | null;
  readonly previousHash: Digest;
  readonly hash: Digest;
}

export interface ChainVerification {
  readonly tenantId: string;
  readonly valid: boolean;
  readonly checkedEntries: number;
  readonly brokenAt: number | null;
  readonly latestHash: Digest;
  readonly verifiedAt: string;
}

const BEFORE_THE_FIRST: Digest = `sha256:${'0'.repeat(64)}`;

/** A sandbox left running for days must not eat the machine; a whole rehearsal at the default rate stays below this. */
const RETAINED_EVENTS = 300_000;
const EVENTS_PER_TURN = 1000;

/** The hash-chained log of one tenant: sequences count up by one, every event carries the hash of the one before it. */
export class AuditLog {
  readonly #tenantId: string;
  #events: AuditEvent[] = [];
  #latestHash = BEFORE_THE_FIRST;
  #sequence = 0;
  #verified = 0;

  constructor(tenantId: string) {
    this.#tenantId = tenantId;
  }

  /** Oldest first. */
  get events(): readonly AuditEvent[] {
    return this.#events;
  }

  get latestHash(): Digest {
    return this.#latestHash;
  }

  append(entry: AuditEntry): AuditEvent {
    const unlinked = {
      ...entry,
      id: `evt_${this.#sequence + 1}`,
      sequence: this.#sequence + 1,
      tenantId: this.#tenantId,
      occurredAt: entry.occurredAt ?? timestamp(),
      correlationId: entry.correlationId ?? null,
      intentId: entry.intentId ?? null,
      targetRef: entry.targetRef ?? null,
      previousHash: this.#latestHash,
    };
    const event = { ...unlinked, hash: hashOf(unlinked) };
    this.#events.push(event);
    this.#sequence = event.sequence;
    this.#latestHash = event.hash;
    if (this.#events.length > RETAINED_EVENTS * 1.1) this.#events = this.#events.slice(-RETAINED_EVENTS);
    return event;
  }

  /**
   * Recomputes every hash not yet verified, those of events that arrive meanwhile included, in small turns, so that verifying
   * a long log delays no other request.
   */
  async verify(): Promise<ChainVerification> {
    let inTurn = 0;
    for (const event of this.#events) {
      if (event.sequence <= this.#verified) continue;
      if (!isIntact(event)) return this.#verdict(event.sequence);
      this.#verified = event.sequence;
      inTurn += 1;
      if (inTurn % EVENTS_PER_TURN === 0) await setImmediate();
    }
    return this.#verdict(null);
  }

  #verdict(brokenAt: number | null): ChainVerification {
    return {
      tenantId: this.#tenantId,
      valid: brokenAt === null,
      checkedEntries: this.#verified,
      brokenAt,
      latestHash: this.#latestHash,
      verifiedAt: timestamp(),
    };
  }
}

function hashOf(unlinked: Omit<AuditEvent, 'hash'>): Digest {
  return `sha256:${createHash('sha256').update(JSON.stringify(unlinked)).digest('hex')}`;
}

function isIntact({ hash, ...unlinked }: AuditEvent): boolean {
  return hashOf(unlinked) === hash;
}
