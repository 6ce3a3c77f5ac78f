const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;

const COMPACT = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const ISO_8601 = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/**
 * Milliseconds of `90s`, `1h30m`, `24h` or ISO 8601 `PT5M`; `undefined` for anything else. Weeks, months and years are
 * refused because they are ambiguous or too long for a plan, signs and fractions because they are typing errors here.
 */
export function parseDuration(text: string): number | undefined {
  const parts = COMPACT.exec(text) ?? ISO_8601.exec(text);
  if (parts === null || parts.slice(1).every((part) => part === undefined)) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0', milliseconds = '0'] = parts;
  const total =
    Number(days) * UNITS.d +
    Number(hours) * UNITS.h +
    Number(minutes) * UNITS.m +
    Number(seconds) * UNITS.s +
    Number(milliseconds) * UNITS.ms;
  return Number.isSafeInteger(total) ? total : undefined;
}

/** `5400000` → `1h30m`; the form that {@link parseDuration} reads back. Zero is `0s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds));
  let text = '';
  for (const [unit, size] of Object.entries(UNITS)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}
