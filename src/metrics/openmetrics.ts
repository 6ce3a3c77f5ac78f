import { parseExposition } from './exposition.ts';
import { DEFAULT_NAMES, type Selection } from './families.ts';
import { scrape } from './scrape.ts';
import { readable, snapshotOf } from './snapshots.ts';
import type { MetricSource } from './source.ts';

/** What is scraped, and which series are ours there. */
export interface OpenMetricsOptions extends Partial<Selection> {
  /** Every one of them must answer every time. */
  readonly targets: readonly string[];
  /** Milliseconds for all targets together, from connecting to the last byte. */
  readonly deadline?: number;
  /** Milliseconds that a value with a timestamp of its own may be old. */
  readonly staleAfter?: number;
  readonly now?: () => number;
}

const DEFAULT_DEADLINE = 5_000;
const DEFAULT_STALE_AFTER = 20_000;

/**
 * Reads the metrics of every target itself, all at once.
 * @throws {RangeError} when there are no targets, or two that could not be told apart.
 */
export function openMetrics(options: OpenMetricsOptions): MetricSource {
  const { names = DEFAULT_NAMES, matchers = {}, sumWithout = [] } = options;
  const { deadline = DEFAULT_DEADLINE, staleAfter = DEFAULT_STALE_AFTER, now = Date.now } = options;
  const targets = options.targets.map((url) => ({ url, label: labelOf(url) }));
  if (targets.length === 0 || new Set(targets.map(({ label }) => label)).size !== targets.length) {
    throw new RangeError('needs targets that differ in host or path');
  }
  return {
    async snapshot(signal) {
      const startedAt = now();
      const answers = await scrape(targets, deadline, signal);
      const exposed = answers.map(({ label, text, format }) => ({
        target: label,
        exposition: readable(label, () => parseExposition(text, format)),
      }));
      return snapshotOf(exposed, { names, matchers, sumWithout }, { startedAt, staleAfter });
    },
  };
}

/** Host and path: what tells targets apart without repeating a credential. */
function labelOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new RangeError('targets are read over http or https');
  return `${host}${pathname}`;
}
