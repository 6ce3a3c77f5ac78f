import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Shown } from './wires.ts';

/** What a target answers a scrape: values, perhaps with a time of their own, or nothing at all. */
export interface Page {
  readonly values: readonly Shown[];
  /** Epoch milliseconds that every value carries. */
  readonly at?: number;
  /** Says since when everything is counted, in seconds, which only OpenMetrics can. */
  readonly created?: number;
}
export type PageOf = (scrape: number) => Page | 'gone';

export interface Scrape {
  /** Epoch milliseconds at which it came. */
  readonly at: number;
  readonly page: Page;
}

/** A target that is scraped, and remembers what it showed. */
export interface Exposer {
  /** Host and port: the `instance` of its series. */
  readonly instance: string;
  readonly scrapes: readonly Scrape[];
  /** What it shows from now on. */
  readonly show: (page: PageOf) => void;
  readonly close: () => Promise<void>;
}

/** Opens a target on a free port of this machine. */
export async function openExposer(first: PageOf): Promise<Exposer> {
  const scrapes: Scrape[] = [];
  let pageOf = first;
  const server = createServer((_, response) => {
    const page = pageOf(scrapes.length);
    if (page === 'gone') return void response.destroy();
    scrapes.push({ at: Date.now(), page });
    const { type, text } = rendered(page);
    response.writeHead(200, { 'content-type': type }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    instance: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    scrapes,
    show(page) {
      pageOf = page;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const COUNTER = 'golive_requests';
const HISTOGRAM = 'golive_request_duration_seconds';

function rendered({ values, at, created }: Page): { type: string; text: string } {
  const time = at === undefined ? '' : ` ${at}`;
  if (created === undefined) return { type: TEXT, text: values.map((shown) => `${line(shown)}${time}\n`).join('') };
  // OpenMetrics wants families in one piece, each after its type.
  const since = values.flatMap(({ name, labels }) =>
    /_(?:total|count)$/.test(name)
      ? [{ name: name.replace(/_(?:total|count)$/, '_created'), labels, value: String(created) }]
      : [],
  );
  const family = (name: string, type: string) => [
    `# TYPE ${name} ${type}`,
    ...[...values, ...since].filter((shown) => shown.name.startsWith(`${name}_`)).map(line),
  ];
  return { type: OPEN, text: [...family(COUNTER, 'counter'), ...family(HISTOGRAM, 'histogram'), '# EOF\n'].join('\n') };
}

function line({ name, labels, value }: Shown): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
  return `${name}{${pairs.join(',')}} ${value}`;
}
