const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** `2026-11-25T10:02:11.123Z` → `Wed 2026-11-25 10:02:11 UTC`, for people who have to act by then. */
export function inUtc(iso: string): string {
  return `${DAYS[new Date(iso).getUTCDay()]} ${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
