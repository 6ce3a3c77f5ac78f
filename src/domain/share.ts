import type { Progress } from './run.ts';

/** The traffic share in words: `25 %`, `25 % (unconfirmed)` as long as nobody has read it back, or `unknown`. */
export function shareInWords({ percent, confirmed }: Progress['traffic']): string {
  if (percent === null) return 'unknown';
  return confirmed ? `${percent} %` : `${percent} % (unconfirmed)`;
}
