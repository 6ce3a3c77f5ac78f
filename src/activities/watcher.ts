import { setTimeout as delay } from 'node:timers/promises';
import { inPercent } from '../domain/share.ts';
import { alphaOfWindow } from '../metrics/budget.ts';
import { figuresOf } from '../metrics/figures.ts';
import { tripped, type Tripped } from '../metrics/tripwire.ts';
import type { Breach } from '../metrics/verdict.ts';
import { beginWatched, breachIn, judgeWatched, observedUntil, watch, type Watched } from '../metrics/watched.ts';
import { observedPercent, type Totals } from '../metrics/window.ts';
import { worstMinutes } from '../metrics/worst-minute.ts';
import { hasForgotten, type Share } from '../traffic/port.ts';
import type { Seen } from './look.ts';
import type { Recorder } from './recorder.ts';
import type { Visibility, WatchHeartbeat, WindowRequest } from './watch.ts';

/** Why a stretch of a watch is over. */
export type WatchEnd =
  | { readonly kind: 'breach'; readonly what: string }
  /** Nothing could be seen for so long that somebody must know. */
  | { readonly kind: 'blind' }
  /** The share is not the one at which the traffic was known to stand. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'over' }
  | { readonly kind: 'relieved' };

/** What a watch needs of the world. */
export interface Lookout {
  /** Rejects with the signal's reason when it is aborted. */
  readonly look: () => Promise<Seen>;
  readonly heartbeat: () => void;
  readonly signal: AbortSignal;
}

const SHORTEST_BLINDNESS = 15_000;

/** One stretch of a watch: looks, remembers, and says at once what must not wait. */
export class Watcher {
  readonly #request: WindowRequest;
  readonly #recorder: Recorder;
  readonly #alpha: number;
  #watched: Watched;
  #share: Share | undefined;
  #isForgotten = false;
  #problem: string | null = null;
  #newest: Totals | null = null;
  #hasSeen = false;
  /** By a clock that nobody sets: with one that is set back, nobody would hear that nothing is seen. */
  #seenAt = performance.now();

  constructor(request: WindowRequest, recorder: Recorder, before: Watched | null) {
    this.#request = request;
    this.#recorder = recorder;
    this.#alpha = alphaOfWindow(request.ordinal);
    this.#watched = before ?? beginWatched(request.from, request.sampleEvery);
  }

  get watched(): Watched {
    return this.#watched;
  }

  /** The share that the router named last, in percent; `null` when it never did. */
  get share(): number | null {
    return this.#share?.percent ?? null;
  }

  /** Whether the router forgot its share while it was watched, because it was reloaded or restarted. */
  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  /** Whether any sample of this stretch was worth something, short as it may be. */
  get visibility(): Exclude<Visibility, 'blind'> {
    return this.#hasSeen ? 'seen' : 'unseen';
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Enough for another worker to go on, and for a person to see how it stands. */
  get heartbeat(): WatchHeartbeat {
    const { purpose, percent } = this.#request;
    const figures = {
      percent: this.share ?? percent,
      ...figuresOf(this.#watched.piece.totals),
      problem: this.#problem,
    };
    return { purpose, watched: this.#watched, recording: this.#recorder.recording, figures };
  }

  /** Looks every so often until something ends it. */
  async run({ look, heartbeat, signal }: Lookout): Promise<WatchEnd> {
    const { sampleEvery } = this.#request;
    this.#seenAt = performance.now();
    heartbeat();
    for (let next = this.#seenAt; ; next = Math.max(next + sampleEvery, performance.now())) {
      if (!(await pausedUntil(next, signal))) return { kind: 'relieved' };
      const seen = await look().catch((error: unknown) => {
        if (signal.aborted) return undefined;
        throw error;
      });
      if (seen === undefined) return { kind: 'relieved' };
      const what = this.#take(seen);
      if (what !== undefined) return { kind: 'breach', what };
      heartbeat();
      const end = this.#end();
      if (end !== undefined) return { kind: end };
    }
  }

  /** What the window is worth so far. */
  judge(): ReturnType<typeof judgeWatched> {
    const { length, limits, percent } = this.#request;
    return judgeWatched(this.#watched, { length, now: Date.now(), limits, alpha: this.#alpha, percent });
  }

  /** What is kept as the facts of the stretch, apart from the raw samples. */
  facts() {
    const { piece, gaps, minutes } = this.#watched;
    const { totals } = piece;
    const { carry: _carry, ...request } = this.#request;
    return {
      request,
      totals,
      newest: this.#newest,
      observed: Math.round(observedUntil(this.#watched, Date.now())),
      gaps,
      worstMinutes: worstMinutes(minutes, request.limits),
      detectable: this.judge().detectable,
      share: { named: this.share, forgotten: this.#isForgotten, counted: observedPercent(totals) ?? null },
      lostSamples: this.#recorder.recording.lost,
    };
  }

  /** Takes a look into account; the breach that it shows, in words. */
  #take({ look, share, standsAt }: Seen): string | undefined {
    const { percent, limits } = this.#request;
    this.#recorder.add(look);
    this.#problem = look.problem;
    this.#note(share);
    if (look.snapshot === null) return undefined;
    const { watched, newest } = watch(this.#watched, look.snapshot, limits, standsAt(percent));
    if (lastSeenIn(watched) > lastSeenIn(this.#watched)) {
      this.#hasSeen = true;
      this.#seenAt = performance.now();
    }
    this.#watched = watched;
    this.#newest = newest ?? null;
    const trip = newest && tripped(newest, limits);
    return trip ? describeTrip(trip) : describeBreach(breachIn(watched, limits, this.#alpha));
  }

  #note(share: Share | undefined): void {
    if (share === undefined) return;
    if (this.#share !== undefined && hasForgotten(this.#share, share)) this.#isForgotten = true;
    this.#share = share;
  }

  #end(): Exclude<WatchEnd['kind'], 'breach' | 'relieved'> | undefined {
    const { purpose, percent, sampleEvery, until } = this.#request;
    const silent = performance.now() - this.#seenAt;
    if (silent > Math.max(6 * sampleEvery, SHORTEST_BLINDNESS)) return 'blind';
    if (purpose === 'guard' && this.share !== null && this.share !== percent) return 'moved';
    return Date.now() >= until ? 'over' : undefined;
  }
}

/** Epoch milliseconds of the last sample that was worth something. */
function lastSeenIn({ piece }: Watched): number {
  return piece.coverage.last ?? 0;
}

function describeTrip({ what, observed, requests }: Tripped): string {
  return `${what}: ${inPercent(observed)} of the last ${requests} requests`;
}

function describeBreach(breach: Breach | undefined): string | undefined {
  if (breach === undefined) return undefined;
  const { limit, observed, bound, requests } = breach;
  return `${limit} is ${inPercent(observed)} of ${requests} requests, the plan's bound is ${inPercent(bound)}`;
}

/** Until then by the clock that nobody sets; false when nobody needs this watch any more. */
async function pausedUntil(next: number, signal: AbortSignal): Promise<boolean> {
  await delay(Math.max(0, next - performance.now()), undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
