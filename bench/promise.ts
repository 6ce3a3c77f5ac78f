import { quantileOf } from './statistics.ts';

/** What a measurement says, and whether its bars are met. */
export interface Told {
  readonly lines: readonly string[];
  readonly isMet: boolean;
}

/** Latencies beside what is promised of 99 in 100, all in milliseconds. */
export function promiseLine(
  name: string,
  latencies: readonly number[],
  promised: number,
): { readonly line: string; readonly isMet: boolean } {
  const [p50, p99] = [quantileOf(latencies, 0.5), quantileOf(latencies, 0.99)].map(Math.round) as [number, number];
  const isMet = p99 <= promised;
  const figures = `p50 ${p50} ms, p99 ${p99} ms of ${latencies.length}; ${promised} ms is promised`;
  return { line: `${name}: ${figures}: ${isMet ? 'MET' : 'MISSED'}`, isMet };
}
