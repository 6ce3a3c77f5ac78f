import type { TrafficLimits } from '../../src/metrics/limited-shares.ts';
import type { Shares } from './traffic.ts';

/** Quantiles of the standard normal distribution. */
export const Z95 = 1.6448536269514722;
export const Z99 = 2.3263478740408408;

/**
 * Latencies are lognormal. The model is the one whose 95th and 99th percentile are the plan's bounds, scaled: at a scale
 * of 1.2 every request takes 20 % longer than with latencies that just keep both bounds.
 */
export function slowerAtScale(scale: number, { latencyMs: { p50, p95, p99 } }: TrafficLimits): Shares['slower'] {
  const sigma = (Math.log(p99) - Math.log(p95)) / (Z99 - Z95);
  const mean = Math.log(scale * p99) - Z99 * sigma;
  const slowerThan = (bound: number) => 1 - normal((Math.log(bound) - mean) / sigma);
  return { p50: slowerThan(p50), p95: slowerThan(p95), p99: slowerThan(p99) };
}

/** The standard normal distribution function, with an error below 7.5e-8 (Abramowitz and Stegun 26.2.17). */
export function normal(z: number): number {
  if (z < 0) return 1 - normal(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
