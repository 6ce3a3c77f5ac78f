import type { Random } from '../../../src/sandbox/router/random.ts';
import {
  chunkKept,
  chunkOf,
  isChunkDue,
  NO_RECORDING,
  recordLook,
  type Look,
  type Recording,
  type SampleChunk,
} from '../../../src/metrics/recording.ts';
import type { Series, Snapshot } from '../../../src/metrics/source.ts';
import type { Digest } from '../../../src/domain/verdict.ts';

/** What is wrong with the traffic of a window, or with how it was looked at. */
export type Sampling = 'good' | 'gap' | 'few' | 'elsewhere' | 'beside' | 'errors' | 'frozen';

/** Seconds; the limits of the plans here are edges, as they have to be. */
const EDGES = [0.005, 0.01, 0.025, 0.05, 0.06, 0.1, 0.15, 0.25, 0.4, 0.5, 1, 2.5, 5];
const TARGET = 'edge.acme.example/metrics';

/** A router whose counters only grow, at times in epoch milliseconds. */
export class Counters {
  readonly #random: Random;
  #allowed = 0;
  #denied = 0;
  #escalated = 0;
  #errors = 0;
  #timed = EDGES.map(() => 0);
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** So many requests more; `slowness` 1 is an ordinary day. */
  serve(requests: number, { slowness = 1, failing = 0 }: { slowness?: number; failing?: number } = {}): void {
    for (let each = 0; each < requests; each += 1) {
      const chance = this.#random();
      if (this.#random() < failing) this.#errors += 1;
      else if (chance < 0.92) this.#allowed += 1;
      else if (chance < 0.99) this.#denied += 1;
      else this.#escalated += 1;
      const seconds = 0.012 * slowness * Math.exp(0.9 * this.#normal());
      EDGES.forEach((edge, index) => {
        if (seconds <= edge) this.#timed[index] = (this.#timed[index] ?? 0) + 1;
      });
      this.#count += 1;
    }
  }

  snapshot(at: number): Snapshot {
    const requests = (decision: 'allow' | 'deny' | 'escalate', outcome: 'ok' | 'error', count: number): Series => ({
      kind: 'requests',
      target: TARGET,
      name: `golive_requests_total{decision="${decision}",outcome="${outcome}"}`,
      decision,
      outcome,
      count,
    });
    return {
      at,
      series: [
        requests('allow', 'ok', this.#allowed),
        requests('deny', 'ok', this.#denied),
        requests('escalate', 'ok', this.#escalated),
        requests('deny', 'error', this.#errors),
        {
          kind: 'duration',
          target: TARGET,
          name: 'golive_request_duration_seconds',
          buckets: { edges: EDGES, counts: [...this.#timed], count: this.#count },
        },
      ],
    };
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}

/** A stretch of looking, in epoch milliseconds. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly every: number;
  readonly percent: number;
  readonly requestsPerLook: number;
  readonly sampling: Sampling;
}

/** Where the share stands in the middle of a stretch, in percent, when it is not where it should be. */
const ASTRAY: Partial<Record<Sampling, (percent: number) => number>> = {
  elsewhere: () => 0,
  beside: (percent) => percent + 1,
};

/** Looks at a stretch as a watch would have, with what is wrong with it. */
export function looksAt(counters: Counters, stretch: Stretch): readonly Look[] {
  const { from, until, every, percent, requestsPerLook, sampling } = stretch;
  const looks: Look[] = [];
  const count = Math.ceil((until - from) / every);
  for (let index = 0; index <= count; index += 1) {
    const at = from + index * every;
    const isMiddle = index > count / 3 && index < (2 * count) / 3;
    const isUnseen = (sampling === 'gap' && isMiddle) || (sampling === 'few' && index % 4 !== 0);
    const isFrozen = sampling === 'frozen' && isMiddle;
    if (index > 0 && !isFrozen)
      counters.serve(requestsPerLook, { slowness: slownessAt(at), failing: sampling === 'errors' ? 0.2 : 0 });
    const share = isMiddle ? (ASTRAY[sampling]?.(percent) ?? percent) : percent;
    if (isUnseen) looks.push({ at, share: null, snapshot: null, problem: 'edge.acme.example: no answer' });
    else looks.push({ at, share, snapshot: counters.snapshot(at), problem: null });
  }
  return looks;
}

/** Recorded in chunks, as a watch records. */
export function recorded(looks: readonly Look[], keep: (chunk: SampleChunk) => Digest): Recording {
  let recording = NO_RECORDING;
  const flush = () => {
    const chunk = chunkOf(recording);
    if (chunk !== undefined) recording = chunkKept(recording, chunk, keep(chunk));
  };
  for (const look of looks) {
    recording = recordLook(recording, look);
    if (isChunkDue(recording)) flush();
  }
  flush();
  return recording;
}

/** Slower in the afternoon: nobody's day is a straight line. */
function slownessAt(at: number): number {
  const hour = (at / 3_600_000) % 24;
  return 1 + 0.35 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
}
