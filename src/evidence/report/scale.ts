/** Turns a value into a coordinate. */
export type Scale = (value: number) => number;

/** A range of values or of coordinates. */
type Range = readonly [from: number, to: number];

export function linear([low, high]: Range, [from, to]: Range): Scale {
  const span = high - low || 1;
  return (value) => from + ((clamped(value, low, high) - low) / span) * (to - from);
}

/** For what spans orders of magnitude. Values have to be positive. */
export function logarithmic([low, high]: Range, range: Range): Scale {
  const scale = linear([Math.log(low), Math.log(high)], range);
  return (value) => scale(Math.log(Math.max(value, low)));
}

/** Four to eight moments at whole minutes or hours. Epoch milliseconds. */
export function moments(from: number, until: number): readonly number[] {
  const steps = [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600].map(
    (each) => each * 1000,
  );
  const step = steps.find((each) => (until - from) / each <= 8) ?? until - from;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.floor((until - first) / step) + 1 }, (_, index) => first + index * step);
}

function clamped(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
