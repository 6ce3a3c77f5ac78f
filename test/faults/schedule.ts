import { pick, seededRandom, type Random } from '../../src/sandbox/router/random.ts';
import type { CallEffect, FaultWish } from '../../src/sandbox/faults/fault.ts';
import type { Weather } from './proxy.ts';

/** Something that goes wrong for a while. All times in milliseconds. */
export type Disturbance = { readonly after: number; readonly lasts: number } & (
  | { readonly kind: 'worker'; readonly signal: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' }
  | { readonly kind: 'server' }
  | { readonly kind: 'weather'; readonly before: 'server' | 'platform'; readonly weather: Weather }
  | { readonly kind: 'platform'; readonly fault: FaultWish }
  | { readonly kind: 'clock'; readonly wrongBy: number }
);

/** How the go-live is meant to end, were nothing to go wrong. */
export type Intention =
  | { readonly kind: 'live' }
  | { readonly kind: 'abort' | 'cancel'; readonly after: number }
  | { readonly kind: 'breach' };

export interface Schedule {
  readonly intention: Intention;
  readonly disturbances: readonly Disturbance[];
}

/** An undisturbed rehearsal is over by then. */
const SPAN = 35_000;
const MOST_DISTURBANCES = 6;
/** Said more than once: so much likelier. */
const INTENTIONS = ['live', 'live', 'live', 'abort', 'cancel', 'breach'] as const;
const KINDS = ['worker', 'worker', 'server', 'weather', 'weather', 'platform', 'platform', 'clock'] as const;
const SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGSTOP'] as const;
const WEATHERS = ['latency', 'reset', 'half-open', 'slow-close', 'down'] as const;
const EFFECTS = ['apply-then-drop', 'apply-then-drop', 'drop-before', 'status', 'slow', 'truncated-json'] as const;
const CHANGES = ['applyEmergencyAction', 'putShare', 'rollbackPolicy', 'createApiToken', 'submitIntent'] as const;
const READS = ['getShare', 'getMetrics', 'getEmergencyState', 'listPolicyPacks', 'listAuditEvents'] as const;

/** What goes wrong in the rehearsal of this seed, and when. */
export function scheduleOf(seed: string): Schedule {
  const random = seededRandom(`rehearsal ${seed}`);
  const count = 1 + Math.floor(random() * MOST_DISTURBANCES);
  const disturbances = Array.from({ length: count }, () => disturbance(random));
  return { intention: intention(random), disturbances: disturbances.toSorted((one, other) => one.after - other.after) };
}

function intention(random: Random): Intention {
  const kind = pick(random, INTENTIONS);
  return kind === 'abort' || kind === 'cancel' ? { kind, after: between(random, 2_000, SPAN) } : { kind };
}

function disturbance(random: Random): Disturbance {
  const when = { after: between(random, 500, SPAN), lasts: between(random, 300, 8_000) };
  switch (pick(random, KINDS)) {
    case 'worker': {
      const signal = pick(random, SIGNALS);
      // Long enough to be taken for dead by the others.
      return {
        ...when,
        kind: 'worker',
        signal,
        lasts: signal === 'SIGSTOP' ? between(random, 1_000, 25_000) : when.lasts,
      };
    }
    case 'server':
      return { ...when, kind: 'server' };
    case 'weather':
      return { ...when, kind: 'weather', before: pick(random, ['server', 'platform']), weather: weather(random) };
    case 'platform':
      return { ...when, kind: 'platform', fault: platformFault(random) };
    case 'clock':
      return { ...when, kind: 'clock', wrongBy: between(random, -90_000, 90_000) };
  }
}

function weather(random: Random): Weather {
  const kind = pick(random, WEATHERS);
  return kind === 'latency' || kind === 'slow-close' ? { kind, ms: between(random, 50, 1_500) } : { kind };
}

function platformFault(random: Random): FaultWish {
  const operationId = pick(random, random() < 0.7 ? CHANGES : READS);
  return { kind: 'call', operationId, effect: callEffect(random), times: between(random, 1, 4) };
}

function callEffect(random: Random): Extract<FaultWish, { kind: 'call' }>['effect'] {
  const kind = pick(random, EFFECTS);
  switch (kind) {
    case 'status':
      return { kind, status: pick(random, [429, 500, 503]), applied: random() < 0.5 };
    case 'slow':
      return { kind, ms: between(random, 200, 8_000), wait: pick(random, ['before-acting', 'after-acting']) };
    case 'apply-then-drop':
    case 'drop-before':
    case 'truncated-json':
      return { kind } satisfies CallEffect;
  }
}

function between(random: Random, least: number, most: number): number {
  return Math.round(least + random() * (most - least));
}
