import type { Scope } from '../activities/index.ts';
import type { FailureCode } from '../domain/failure-codes.ts';
import { labelOf } from '../domain/labels.ts';
import type { ShiftId, WindowId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Digest, Finding } from '../domain/verdict.ts';
import { changing } from './calls.ts';
import { isNotApproved, type Approval, type Gates } from './gates.ts';
import { Guard } from './guard.ts';
import type { Act, Patience } from './patience.ts';
import type { Run } from './run.ts';
import { Soaks } from './soak.ts';
import type { Undo } from './undos.ts';
import { Watch } from './watch.ts';

/** A move of the traffic, in percent, with what allows it and what takes it back. */
export interface Shift {
  readonly allowedBy: Approval;
  readonly percent: number;
  /** Milliseconds for which the new share is watched before the step is done. */
  readonly hold?: number;
  readonly undo: Undo;
  readonly ready?: Act;
}

/** One move of the share, in percent, and the ids of the signed decisions that allow it. */
interface Move {
  readonly from: number;
  readonly to: number;
  readonly undo: Undo;
  readonly approvedBy: readonly Digest[];
}

const MOVED: FailureCode = 'TrafficMoved';
const NEEDS_HANDS: FailureCode = 'TrafficNeedsHands';

/** How the traffic of a run is moved and watched. */
export class Traffic {
  readonly #run: Run;
  readonly #patience: Patience;
  readonly #gates: Gates;
  readonly #plan: Plan;
  readonly #scope: Scope;
  readonly #watch: Watch;
  readonly #soaks: Soaks;
  readonly #guard: Guard;
  /** Where we left the share, in percent. */
  #left: number;

  constructor(run: Run, patience: Patience, gates: Gates, plan: Plan, scope: Scope) {
    this.#run = run;
    this.#patience = patience;
    this.#gates = gates;
    this.#plan = plan;
    this.#scope = scope;
    this.#left = plan.rollout.safePercent;
    this.#watch = new Watch(run, patience, plan, scope);
    this.#soaks = new Soaks(run, patience, plan, this.#watch);
    this.#guard = new Guard(run, patience, plan, this.#watch);
  }

  /** Moves the traffic, as people allowed it, and answers what was found, at the new share, until the hold was over. */
  async shift(id: ShiftId, { allowedBy, percent, hold, undo, ready }: Shift): Promise<Finding> {
    const isReady = async () => {
      // Each of these can take days, in which the others cease to be so.
      do {
        await this.#unheld(id);
        await this.#watch.seeing();
        if (ready !== undefined) await this.#patience.untilPassed(id, ready);
      } while (this.#run.isHeld || !this.#watch.isSeeing);
    };
    const moved = await this.#gates.allowed(allowedBy, isReady, (approvedBy) =>
      this.#moveOurs(id, { from: this.#left, to: percent, undo, approvedBy }, isReady),
    );
    if (moved.verdict !== 'pass') {
      this.#run.settle(id, 'failed', moved);
      throw this.#run.stop(`traffic did not move to ${percent} %: ${moved.reasons.join('; ')}`, null);
    }
    return hold === undefined ? moved : this.#soaks.pass(id, hold, percent);
  }

  /** Watches the traffic where it is, for so many milliseconds of the plan's clock. */
  window(id: WindowId, length: number): Promise<Finding> {
    return this.#soaks.pass(id, length, this.#left);
  }

  /** Nobody has to watch the traffic any more: there is none, or the outcome is decided. */
  relieve(): void {
    this.#guard.relieve();
  }

  /** Moves the share as we left it. One that somebody else moved, and one that is moved by hand, are for people. */
  async #moveOurs(id: ShiftId, move: Move, isReady: () => Promise<void>): Promise<Finding> {
    for (;;) {
      const moved = await this.#move(id, move);
      if (moved.code === MOVED) {
        this.#run.hold(moved.reasons.join('; '), 'share');
        this.#patience.renew(id);
        await isReady();
      } else if (moved.code === NEEDS_HANDS) {
        await this.#patience.blocked(id, moved);
        await this.#unheld(id);
      } else {
        return moved;
      }
    }
  }

  /** Moves the share once. The undo is registered before, because a move can be made and its answer lost. */
  async #move(id: ShiftId, { from, to, undo, approvedBy }: Move): Promise<Finding> {
    const isFirst = !this.#run.undos.has(id);
    if (isFirst) this.#run.register(id, undo);
    this.#run.change({ traffic: { percent: to, confirmed: false } });
    this.#guard.expect(from, to);
    const request = { from, to, key: this.#patience.key(id), approvedBy };
    const moved = await this.#patience.measured(() =>
      this.#run.underWay.deed(id, changing(labelOf(id, `traffic to ${to} %`)).shiftTraffic(this.#scope, request)),
    );
    if (moved.verdict === 'pass') this.#stands(to, true);
    if (moved.code === MOVED) this.#stands(from, false);
    // Refused before the router, or somebody, was ever asked for anything.
    if (isNotApproved(moved) && isFirst) {
      this.#run.undos.discharge(id);
      this.#stands(from, true);
    }
    return moved;
  }

  /**
   * Leaves the traffic where it is for good. A watch that is still ending could lend it once more, so it is waited for; what cannot be
   * kept is watched on, and blocks the run until somebody has mended it or its deadline stops it.
   */
  async keep(): Promise<void> {
    const id = 'archive-evidence';
    for (;;) {
      this.relieve();
      await this.#run.underWay.quiet();
      const request = { percent: this.#left, key: this.#patience.key(id) };
      const calls = changing(labelOf(id, `leave the traffic at ${this.#left} % for good`));
      const kept = await this.#patience.measured(() => calls.keepTraffic(this.#scope, request));
      if (kept.verdict === 'pass') return;
      this.#guard.expect(this.#left);
      await this.#patience.blocked(id, kept);
    }
  }

  #stands(percent: number, confirmed: boolean): void {
    this.#left = percent;
    this.#run.change({ traffic: { percent, confirmed } });
    this.#guard.expect(percent);
  }

  async #unheld(id: ShiftId): Promise<void> {
    if (await this.#run.unheld(id, this.#patience.deadline(this.#plan.patience.blocked))) return;
    throw this.#run.stop(`${id} was held for too long`, null);
  }
}
