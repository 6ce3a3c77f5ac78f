const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Epoch milliseconds in ISO 8601, UTC. */
export function iso(at: number): string {
  return new Date(at).toISOString();
}

/** `2026-11-25T10:02:11.123Z` → `Wed 2026-11-25 10:02:11 UTC`, for people who have to act by then. */
export function inUtc(at: string): string {
  return `${DAYS[new Date(at).getUTCDay()]} ${at.slice(0, 10)} ${at.slice(11, 19)} UTC`;
}
