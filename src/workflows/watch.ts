import { condition } from '@temporalio/workflow';
import type { Scope, WindowReport, WindowRequest } from '../activities/index.ts';
import type { Plan } from '../domain/plan-schema.ts';
import { watching } from './calls.ts';
import type { Patience } from './patience.ts';
import type { Run } from './run.ts';

/** What one call of the watch is about; the rest of it is the same for all of them. */
export type Stretch = Omit<WindowRequest, 'limits' | 'sampleEvery'>;

const SHORTEST_SAMPLE_INTERVAL = { production: 1000, rehearsal: 250 };
const SHORTEST_TOLERANCE = 10_000;

/** Looks at the traffic on behalf of soaks and of the guard. What it sees counts, whoever asked for it. */
export class Watch {
  readonly #run: Run;
  readonly #patience: Patience;
  readonly #plan: Plan;
  readonly #scope: Scope;
  #windows = 0;
  #blindSince: number | undefined;

  constructor(run: Run, patience: Patience, plan: Plan, scope: Scope) {
    this.#run = run;
    this.#patience = patience;
    this.#plan = plan;
    this.#scope = scope;
  }

  /** One stretch, told as `summary`. A breach stops the run. */
  async stretch(summary: string, stretch: Stretch): Promise<WindowReport> {
    const { limits } = this.#plan;
    const calls = watching(stretch.until - stretch.from)(summary);
    const call = calls.watchWindow(this.#scope, { ...stretch, limits, sampleEvery: this.sampleEvery });
    // A breach counts, whoever still waits for the report.
    call.then((report) => this.#stopOnBreach(report)).catch(() => undefined);
    const report = await this.#run.underWay.doing(call);
    this.#stopOnBreach(report);
    this.#noteVisibility(report);
    return report;
  }

  /** Resolves when the traffic can be seen: nothing is moved blindly. */
  async seeing(): Promise<void> {
    await condition(() => this.isSeeing);
  }

  get isSeeing(): boolean {
    return this.#blindSince === undefined;
  }

  /** Windows are numbered from 1: the later one is, the less it may spend of the budget for false alarms. */
  nextOrdinal(): number {
    this.#windows += 1;
    return this.#windows;
  }

  /** Milliseconds between two samples. */
  get sampleEvery(): number {
    const { rollout, clock } = this.#plan;
    const shortest = clock.speed > 1 ? SHORTEST_SAMPLE_INTERVAL.rehearsal : SHORTEST_SAMPLE_INTERVAL.production;
    return Math.max(shortest, this.#patience.scaled(rollout.sampleEvery));
  }

  #stopOnBreach({ finding }: WindowReport): void {
    if (finding.verdict !== 'fail') return;
    const why = finding.reasons.join('; ');
    if (this.#run.facts.ending === null) this.#run.notices.tell({ kind: 'breach', why });
    throw this.#run.stop(`breach: ${why}`, null);
  }

  /** Only what was seen ends blindness: a stretch that was too short to notice it does not. */
  #noteVisibility({ visibility, finding }: WindowReport): void {
    if (visibility === 'seen') {
      this.#run.notices.tell({ kind: 'seen' });
      this.#blindSince = undefined;
    }
    if (visibility === 'blind' && this.#blindSince === undefined) {
      this.#run.notices.tell({ kind: 'unseen', why: finding.reasons.join('; ') });
      this.#blindSince = Date.now();
    }
    if (this.#blindSince === undefined) return;
    const tolerated = Math.max(SHORTEST_TOLERANCE, this.#patience.scaled(this.#plan.rollout.extendAtMost));
    if (Date.now() - this.#blindSince > tolerated)
      throw this.#run.stop('the traffic could not be seen for too long', null);
  }
}
