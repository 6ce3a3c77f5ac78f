import { ApplicationFailure } from '@temporalio/common';
import type { ShiftRequest } from '../../../src/activities/traffic.ts';
import type { WindowRequest } from '../../../src/activities/index.ts';
import { FAILURES, type FailureCode } from '../../../src/domain/failure-codes.ts';
import type { Plan } from '../../../src/domain/plan-schema.ts';
import { failed, inconclusive, passed, type Digest, type Finding } from '../../../src/domain/verdict.ts';
import type { Change, Effect } from '../../../src/sandbox/ledger.ts';
import { pick, type Random } from '../../../src/sandbox/router/random.ts';
import { report } from '../../support/fakes.ts';
import type { Standing } from '../record.ts';

const CODES = (Object.keys(FAILURES) as FailureCode[]).filter((code) => code !== 'InvalidPlan') as [FailureCode];

/** Said before anything was asked for. */
const UNATTEMPTED: readonly FailureCode[] = ['TrafficMoved', 'TrafficNeedsHands', 'NotApproved', 'Overslept'];

/** What a step's call carries, of which each activity uses its own part. */
type Words = Partial<ShiftRequest> & { readonly percent?: number; readonly key?: string };

/**
 * A platform in memory with the activities before it. They are honest, as the real ones are proven to be elsewhere: a pass means
 * that it is so. Beyond that anything may happen: findings that are none, calls that fail for good, and effects of calls that failed.
 */
export class FakePlatform {
  readonly effects: Effect[] = [];
  readonly facts = new Map<Digest, unknown>();
  /** How often something goes wrong, between 0 and 1. */
  trouble: number;
  readonly #random: Random;
  readonly #plan: Plan;
  #percent = 0;
  #halted = false;
  #versions: Readonly<Record<string, string>>;

  constructor(plan: Plan, random: Random, trouble: number) {
    this.#plan = plan;
    this.#random = random;
    this.trouble = trouble;
    this.#versions = plan.policy.active;
  }

  get standing(): Standing {
    return { percent: this.#percent, halted: this.#halted, versions: this.#versions };
  }

  /** What a call that measures or changes something comes to. */
  answer(activity: string, words: Words): Finding {
    if (!this.#isTrouble()) {
      this.#act(activity, words);
      return this.#isAsItShouldBe(activity) ? passed('as it should be') : failed('it is not so');
    }
    const code = pick(this.#random, CODES);
    // The effect may have come about all the same, but where the answer is that nothing was attempted.
    if (!UNATTEMPTED.includes(code) && this.#random() < 0.5) this.#act(activity, words);
    if (this.#random() < 0.5) throw ApplicationFailure.create({ message: 'gone wrong', type: code });
    return this.#random() < 0.5 ? failed('it is not so') : { ...inconclusive('nobody knows'), code };
  }

  /** What becomes of evidence that is kept for those who decide. */
  shown(evidence: Digest): Digest {
    if (!this.#isTrouble() || this.#random() < 0.5) return evidence;
    throw ApplicationFailure.create({ message: 'a lock is missing', type: 'EvidenceConflict' });
  }

  /** What a watch has seen. */
  watch(request: WindowRequest) {
    const evidence = this.#keep(request);
    const { purpose, length } = request;
    const calm = report(request, { ...passed('calm'), evidence });
    if (!this.#isTrouble()) return { ...calm, share: this.#percent };
    if (this.#random() < 0.2) throw ApplicationFailure.create({ message: 'gone wrong', type: 'Unexpected' });
    if (this.#random() < 0.3) return report(request, { ...failed('errors'), evidence });
    const unseen = report(request, { ...inconclusive('too little was seen'), evidence }, length / 2);
    return {
      ...unseen,
      share: this.#percent,
      visibility: this.#random() < 0.5 && purpose === 'guard' ? 'blind' : 'unseen',
    } as const;
  }

  #isTrouble(): boolean {
    return this.#random() < this.trouble;
  }

  #keep({ length, sampleEvery, percent }: WindowRequest): Digest {
    const evidence: Digest = `sha256:${String(this.facts.size).padStart(64, '0')}`;
    const totals = { requests: this.#plan.limits.minimumRequests, errors: 0 };
    this.facts.set(evidence, { request: { length, sampleEvery, percent }, totals, observed: length });
    return evidence;
  }

  #act(activity: string, { from, to, percent, key = '' }: Words): void {
    switch (activity) {
      case 'shiftTraffic':
        if (this.#percent !== from && this.#percent !== to) throw ApplicationFailure.create({ type: 'TrafficMoved' });
        return this.#moveShare(to ?? 0);
      case 'trafficToSafe':
        return this.#moveShare(Math.min(this.#percent, percent ?? 0));
      case 'switchOn':
        return this.#halt(true, key);
      case 'switchOff':
        return this.#isBack() ? this.#halt(false, key) : undefined;
      case 'rollBackPolicies':
        return this.#goBack(key);
    }
  }

  #isAsItShouldBe(activity: string): boolean {
    switch (activity) {
      case 'verifyRollback':
        return this.#isBack() && this.#halted;
      case 'switchOff':
        return this.#isBack() && !this.#halted;
      default:
        return true;
    }
  }

  #isBack(): boolean {
    const { rollout, policy } = this.#plan;
    const isPrevious = Object.entries(policy.previous).every(([pack, version]) => this.#versions[pack] === version);
    return isPrevious && this.#percent <= rollout.safePercent;
  }

  #moveShare(to: number): void {
    if (to === this.#percent) return;
    this.#record({ what: 'share', from: this.#percent, to, version: `v${this.effects.length}` }, null);
    this.#percent = to;
  }

  #halt(halted: boolean, key: string): void {
    if (halted === this.#halted) return;
    this.#halted = halted;
    this.#record({ what: 'emergency', action: halted ? 'tenant_halt' : 'tenant_resume', target: null }, key);
  }

  #goBack(key: string): void {
    for (const [pack, to] of Object.entries(this.#plan.policy.previous)) {
      const from = this.#versions[pack] ?? '';
      if (from === to) continue;
      this.#versions = { ...this.#versions, [pack]: to };
      this.#record({ what: 'rollback', pack, from, to }, key);
    }
  }

  #record(change: Change, reason: string | null): void {
    const sequence = this.effects.length + 1;
    const at = new Date().toISOString();
    this.effects.push({ sequence, at, tenant: this.#plan.tenant, actor: 'golive', reason, ...change });
  }
}
