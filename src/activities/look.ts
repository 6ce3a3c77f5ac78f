import type { Look } from '../metrics/recording.ts';
import { MetricError } from '../metrics/source.ts';
import { standsAt, TrafficError, type Share } from '../traffic/port.ts';
import type { World } from './world.ts';

/** One look at the traffic, and what the router says of its share. */
export interface Seen {
  readonly look: Look;
  /** As the router names it; `undefined` when it did not. */
  readonly share: Share | undefined;
  /** Whether the traffic stands at that share, in percent, as far as a single look can say. */
  readonly standsAt: (percent: number) => boolean;
}

/**
 * One look at the traffic: what was counted, and which share the router names. What cannot be read is a problem, never a
 * number. Where a person moves the share nobody names it; there the requests of a whole window have to show it.
 */
export async function lookAt(
  { metrics, traffic }: Pick<World, 'metrics' | 'traffic'>,
  signal: AbortSignal,
): Promise<Seen> {
  const began = Date.now();
  const isNamed = traffic.owner === undefined;
  const [counted, named] = await Promise.all([
    metrics.snapshot(signal).catch(problemOf),
    isNamed ? traffic.read(signal).catch(problemOf) : undefined,
  ]);
  const problems = [counted, named].filter((answer) => typeof answer === 'string');
  const share = typeof named === 'string' ? undefined : named;
  const look = {
    at: typeof counted === 'string' ? began : counted.at,
    snapshot: typeof counted === 'string' ? null : counted,
    share: share?.percent ?? null,
    problem: problems.length === 0 ? null : problems.join('; '),
  };
  return { look, share, standsAt: isNamed ? standing(share) : () => true };
}

function standing(share: Share | undefined): Seen['standsAt'] {
  return (percent) => share !== undefined && standsAt(share, percent);
}

/** Anything but a promised error is a defect of ours, and must not look like a gap. */
function problemOf(error: unknown): string {
  if (error instanceof MetricError || error instanceof TrafficError) return error.message;
  throw error;
}
