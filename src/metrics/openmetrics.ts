import { ExpositionError, parseExposition, type Format } from './exposition.ts';
import { selectSeries, type Matchers, type MetricNames, type Selected } from './families.ts';
import { CLOCK_TOLERANCE } from './recency.ts';
import { scrape } from './scrape.ts';
import { MetricError, type MetricSource } from './source.ts';

/** What is scraped, and how the platform's metrics are called there. */
export interface OpenMetricsOptions {
  /** Every one of them must answer every time. */
  readonly targets: readonly string[];
  readonly names?: MetricNames;
  readonly matchers?: Matchers;
  /** Milliseconds for all targets together, from connecting to the last byte. */
  readonly deadline?: number;
  /** Milliseconds that a value with a timestamp of its own may be old. */
  readonly staleAfter?: number;
  readonly now?: () => number;
}

const DEFAULT_NAMES: MetricNames = { requests: 'golive_requests_total', duration: 'golive_request_duration_seconds' };
const DEFAULT_DEADLINE = 5_000;
const DEFAULT_STALE_AFTER = 20_000;

/**
 * Reads the metrics of every target itself, all at once.
 * @throws {RangeError} when there are no targets, or two that could not be told apart.
 */
export function openMetrics(options: OpenMetricsOptions): MetricSource {
  const { names = DEFAULT_NAMES, matchers = {}, deadline = DEFAULT_DEADLINE, now = Date.now } = options;
  const { staleAfter = DEFAULT_STALE_AFTER } = options;
  const targets = options.targets.map((url) => ({ url, label: labelOf(url) }));
  if (targets.length === 0 || new Set(targets.map(({ label }) => label)).size !== targets.length) {
    throw new RangeError('needs targets that differ in host or path');
  }
  return {
    async snapshot(signal) {
      const startedAt = now();
      const answers = await scrape(targets, deadline, signal);
      const selected = answers.map(({ label, text, format }) => select(text, format, names, matchers, label));
      const ages = selected.map(({ timestamps }, index) => {
        assertFresh(timestamps, startedAt, staleAfter, answers[index]?.label ?? '');
        return Math.min(startedAt, ...timestamps);
      });
      return { at: Math.min(...ages), series: selected.flatMap(({ series }) => series) };
    },
  };
}

function select(text: string, format: Format, names: MetricNames, matchers: Matchers, label: string): Selected {
  try {
    return selectSeries(parseExposition(text, format), names, matchers, label);
  } catch (error) {
    if (error instanceof ExpositionError) throw new MetricError('surprising-shape', label, error.message);
    throw error;
  }
}

function assertFresh(timestamps: readonly number[], now: number, staleAfter: number, label: string): void {
  for (const timestamp of timestamps) {
    if (!(timestamp >= now - staleAfter)) throw new MetricError('surprising-shape', label, 'a value is too old');
    if (!(timestamp <= now + CLOCK_TOLERANCE))
      throw new MetricError('surprising-shape', label, 'a value is from the future');
  }
}

/** Host and path: what tells targets apart without repeating a credential. */
function labelOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new RangeError('targets are read over http or https');
  return `${host}${pathname}`;
}
