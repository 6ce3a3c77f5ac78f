import { formatDuration } from '../../domain/duration.ts';
import { html, type Markup } from './markup.ts';

/** A moment as people read it: `2026-11-22 08:05:12 UTC`. Epoch milliseconds. */
export function moment(at: number): Markup {
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}<span class="zone"> UTC</span></time>`;
}

/** How long something took, such as `1d 2h 57m`: to the second, or to the millisecond where it was shorter. Milliseconds. */
export function lasting(milliseconds: number): string {
  const rounded = milliseconds < 1000 ? milliseconds : Math.round(milliseconds / 1000) * 1000;
  return formatDuration(rounded).replaceAll(/(?<=[a-z])(?=\d)/g, '\u00A0');
}

/** The time of the day for an axis that spans hours, with seconds where it spans minutes. */
export function clock(at: number, span: number): string {
  const iso = new Date(at).toISOString();
  return span > 20 * 60_000 ? iso.slice(11, 16) : iso.slice(11, 19);
}
