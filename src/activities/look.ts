import { MetricError } from '../metrics/source.ts';
import type { Look } from '../metrics/recording.ts';
import { TrafficError } from '../traffic/port.ts';
import type { World } from './world.ts';

/** One look at the traffic: what was counted, and which share the router names. What cannot be read is a problem, never a number. */
export async function lookAt(
  { metrics, traffic }: Pick<World, 'metrics' | 'traffic'>,
  signal: AbortSignal,
): Promise<Look> {
  const began = Date.now();
  const [counted, named] = await Promise.all([
    metrics.snapshot(signal).catch(problemOf),
    traffic.read(signal).catch(problemOf),
  ]);
  const problems = [counted, named].filter((answer) => typeof answer === 'string');
  return {
    at: typeof counted === 'string' ? began : counted.at,
    snapshot: typeof counted === 'string' ? null : counted,
    share: typeof named === 'string' ? null : named.percent,
    problem: problems.length === 0 ? null : problems.join('; '),
  };
}

/** Anything but a promised error is a defect of ours, and must not look like a gap. */
function problemOf(error: unknown): string {
  if (error instanceof MetricError || error instanceof TrafficError) return error.message;
  throw error;
}
