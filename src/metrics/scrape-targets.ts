import { z } from 'zod';
import { parseDuration } from '../domain/duration.ts';
import { instant, type PrometheusApi } from './prometheus-api.ts';
import type { Repeated } from './recency.ts';

const labels = z.record(z.string(), z.string()).default({});

const targets = z.object({
  activeTargets: z.array(
    z.object({
      discoveredLabels: labels,
      labels,
      scrapeUrl: z.string(),
      health: z.string(),
      lastScrape: instant.optional(),
      scrapeInterval: z.string().optional(),
    }),
  ),
});
type Wire = z.output<typeof targets>['activeTargets'][number];

/** A target that the operator's Prometheus scrapes; `last` and `every` are those of its scrape. */
export interface ScrapeTarget extends Repeated {
  /** What it is about: every address that it scrapes, hands on to a prober or carries in a label. */
  readonly addresses: readonly string[];
  /** Without its parameters, in which a secret may stand. */
  readonly scrapeUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `up` when its last scrape worked. */
  readonly health: string;
}

/**
 * Every active target, in an order that stays the same: Prometheus has none.
 * @throws {MetricError} as {@link PrometheusApi.ask} does
 */
export async function scrapeTargets(prometheus: PrometheusApi): Promise<readonly ScrapeTarget[]> {
  const { activeTargets } = await prometheus.ask({ path: 'targets', query: { state: 'active' }, data: targets });
  return activeTargets
    .map((target) => ({
      addresses: addressesOf(target),
      scrapeUrl: addressOf(target.scrapeUrl) ?? '',
      labels: target.labels,
      health: target.health,
      last: target.lastScrape ?? null,
      every: parseDuration(target.scrapeInterval ?? '') ?? null,
    }))
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
}

/** An HTTP address without user, parameters and trailing slash, in the one form in which addresses are compared. */
export function addressOf(text: string): string | undefined {
  if (!/^https?:/i.test(text) || !URL.canParse(text)) return undefined;
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

function addressesOf({ scrapeUrl, labels: kept, discoveredLabels }: Wire): string[] {
  const handedOn = URL.canParse(scrapeUrl) ? [...new URL(scrapeUrl).searchParams.values()] : [];
  const named = [scrapeUrl, ...handedOn, ...Object.values(kept), ...Object.values(discoveredLabels)];
  return [...new Set(named.flatMap((text) => addressOf(text) ?? []))].toSorted();
}

function keyOf({ scrapeUrl, addresses, labels: kept }: ScrapeTarget): string {
  return JSON.stringify([scrapeUrl, addresses, kept]);
}
