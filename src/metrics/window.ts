import { addBuckets, NO_DURATIONS } from './buckets.ts';
import { firstSeen, identityOf, missingFrom, since, type SeriesChange } from './continuation.ts';
import type { Buckets, Path, Series, Snapshot } from './source.ts';

/** What happened between two snapshots. Added up, the totals of a window. */
export interface Totals {
  readonly requests: number;
  /** Outcome `error` or `fail_closed`. */
  readonly errors: number;
  /** The part of the errors that was denied because the platform could not decide. */
  readonly failClosed: number;
  /** Decided without an error: allowed, denied and escalated together are all that was decided. */
  readonly allowed: number;
  readonly denied: number;
  readonly escalated: number;
  /** How long the requests took, on the bucket edges that all their series have. */
  readonly latency: Buckets;
  /** Only where the source counts what the router does. */
  readonly routed?: Readonly<Record<Path, number>>;
}

export const NOTHING: Totals = {
  requests: 0,
  errors: 0,
  failClosed: 0,
  allowed: 0,
  denied: 0,
  escalated: 0,
  latency: NO_DURATIONS,
};

/** A snapshot to count from. It remembers vanished series as last seen: one that comes back must not be counted twice. */
export interface Baseline extends Snapshot {
  readonly gone?: readonly Series[];
}

export interface Difference {
  readonly totals: Totals;
  /** The targets at which requests were counted. */
  readonly moved: readonly string[];
  readonly changes: readonly SeriesChange[];
  /** What the next difference counts from. */
  readonly baseline: Baseline;
}

/** What happened from one snapshot to the next, per series; `undefined` when the second is not newer. */
export function difference(before: Baseline, after: Snapshot): Difference | undefined {
  if (!(after.at > before.at)) return undefined;
  const known = [...(before.gone ?? []), ...before.series];
  const remembered = new Map(known.map((series) => [identityOf(series), series]));
  const targets = new Set(before.series.map(({ target }) => target));

  const changes: SeriesChange[] = [];
  const moved = new Set<string>();
  let totals = NOTHING;
  for (const series of after.series) {
    const identity = identityOf(series);
    const earlier = remembered.get(identity);
    remembered.delete(identity);
    const { counted, change } =
      earlier === undefined ? firstSeen(series, targets.has(series.target)) : since(earlier, series, before.at);
    if (counted !== undefined) totals = addTotals(totals, totalsOf(counted));
    if (counted?.kind === 'requests' && counted.count > 0) moved.add(series.target);
    if (change !== undefined) changes.push({ kind: change, target: series.target, name: series.name });
  }
  const { vanished, gone } = missingFrom(before, after, { missing: [...remembered.values()], changes });
  return { totals, moved: [...moved], changes: [...changes, ...vanished], baseline: { ...after, gone } };
}

/** The sum of two stretches of time. */
export function addTotals(one: Totals, other: Totals): Totals {
  const routed = addRouted(one.routed, other.routed);
  return {
    requests: one.requests + other.requests,
    errors: one.errors + other.errors,
    failClosed: one.failClosed + other.failClosed,
    allowed: one.allowed + other.allowed,
    denied: one.denied + other.denied,
    escalated: one.escalated + other.escalated,
    latency: addBuckets(one.latency, other.latency),
    ...(routed === undefined ? {} : { routed }),
  };
}

/** The share of the traffic, in percent, that went to the platform; `undefined` where it was not counted. */
export function observedPercent({ routed }: Totals): number | undefined {
  if (routed === undefined || routed.intended + routed.bypass === 0) return undefined;
  return (100 * routed.intended) / (routed.intended + routed.bypass);
}

function totalsOf(series: Series): Totals {
  switch (series.kind) {
    case 'duration':
      return { ...NOTHING, latency: series.buckets };
    case 'routed':
      return { ...NOTHING, routed: { intended: 0, bypass: 0, [series.path]: series.count } };
    case 'requests': {
      const { count, outcome, decision } = series;
      if (outcome !== 'ok') {
        return { ...NOTHING, requests: count, errors: count, failClosed: outcome === 'fail_closed' ? count : 0 };
      }
      const decided = ({ allow: 'allowed', deny: 'denied', escalate: 'escalated' } as const)[decision];
      return { ...NOTHING, requests: count, [decided]: count };
    }
  }
}

function addRouted(one: Totals['routed'], other: Totals['routed']): Totals['routed'] {
  if (one === undefined || other === undefined) return one ?? other;
  return { intended: one.intended + other.intended, bypass: one.bypass + other.bypass };
}

/** Whether these can be counts of requests at all: whole, not negative, and adding up. */
export function isPlausible({ requests, errors, failClosed, allowed, denied, escalated, latency }: Totals): boolean {
  const counts = [requests, errors, failClosed, allowed, denied, escalated, latency.count, ...latency.counts];
  return (
    counts.every((count) => Number.isSafeInteger(count) && count >= 0) &&
    errors + allowed + denied + escalated === requests &&
    failClosed <= errors &&
    latency.counts.every((count) => count <= latency.count)
  );
}
