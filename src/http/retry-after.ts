import { parseHttpDate } from './http-date.ts';

/** Nobody is asked to wait longer than an hour; the caller's own deadline is usually shorter. */
const LONGEST_WAIT_MS = 3_600_000;

/**
 * Milliseconds to wait, from 0 to an hour, out of `Retry-After` in seconds or as an HTTP date. A date is measured from
 * `now`, which should be the same answer's `Date`. Undefined when the header is absent or makes no sense.
 */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : undefined;
  const until = parseHttpDate(header);
  const wait = seconds === undefined ? (until === undefined ? undefined : until - now) : seconds * 1000;
  return wait === undefined ? undefined : Math.min(Math.max(wait, 0), LONGEST_WAIT_MS);
}
