import type { RequestListener, ServerResponse } from 'node:http';
import { openMetrics } from '../../src/metrics/openmetrics.ts';
import { prometheusApi } from '../../src/metrics/prometheus-api.ts';
import { prometheusMetrics } from '../../src/metrics/prometheus.ts';
import type { MetricSource } from '../../src/metrics/source.ts';
import { serve } from '../support/local-server.ts';

/** One value as it stands on the wire, so it need not be a number. */
export interface Shown {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string;
}

/** What one target shows. `at` is what its timestamps say, in epoch milliseconds; a target that is down shows nothing. */
export interface TargetShown {
  readonly at: number;
  readonly values: readonly Shown[];
  readonly down?: boolean;
}

/** What the targets show at one moment, or how the whole answer is spoilt on its way. */
export type Scene =
  | { readonly targets: Readonly<Record<string, TargetShown>>; readonly spoil?: (whole: string) => string }
  | 'no answer'
  | 'overloaded'
  | 'refused';

/** A real source before a real server, at which a test decides what there is to see and what time it is. */
export interface Wire {
  readonly source: MetricSource;
  readonly show: (scene: Scene, now: number) => void;
}

const TENANT = 'acme';
const HISTOGRAM = 'golive_request_duration_seconds';

/** What a target counts when it decided so many, 91 % of them allowed and all of them fast, and failed at others. */
export function counted(count: number, { tenant = TENANT, failed = 0 } = {}): Shown[] {
  const allowed = Math.round(0.91 * count);
  const request = (decision: string, outcome: string, value: number): Shown => ({
    name: 'golive_requests_total',
    labels: { tenant, decision, outcome },
    value: String(value),
  });
  return [
    request('allow', 'ok', allowed),
    request('deny', 'ok', count - allowed),
    request('deny', 'fail_closed', failed),
    ...['0.06', '0.15', '0.4', '+Inf'].map((le) => ({
      name: `${HISTOGRAM}_bucket`,
      labels: { tenant, le },
      value: String(count + failed),
    })),
    { name: `${HISTOGRAM}_count`, labels: { tenant }, value: String(count + failed) },
  ];
}

/** Both ways to read metrics, each with what its server can do wrong besides. */
export const WIRES = {
  openmetrics: {
    open: openTargets,
    spoilt: {
      'the end is missing': (text: string) => text.slice(0, -1),
      'everything is there twice': (text: string) => text + text,
      'it is empty': () => '',
      'it is HTML': () => '<html></html>\n',
    },
  },
  prometheus: {
    open: openServer,
    spoilt: {
      'half of it is missing': (text: string) => text.slice(0, text.length / 2),
      'everything is there twice': (text: string) => text.replace(/"result":\[(.+)\]\}\}$/, '"result":[$1,$1]}}'),
      'it is empty': () => '',
      'there is no series': (text: string) => text.replace(/"result":\[.*\]/, '"result":[]'),
      'it failed': (text: string) => text.replace('"success"', '"error"'),
      'a store did not answer': (text: string) => text.replace(/^\{/, '{"warnings":["store edge: no answer"],'),
      'it has a remark': (text: string) => text.replace(/^\{/, '{"infos":["not a counter by its name"],'),
      'it is partial': (text: string) => text.replace(/^\{/, '{"isPartial":true,'),
      'it is an instant vector': (text: string) =>
        text.replace('"matrix"', '"vector"').replaceAll(/"values":\[(\[[^\]]*\])\]/g, '"value":$1'),
      'its series have no samples': (text: string) => text.replaceAll(/"values":\[\[[^\]]*\]\]/g, '"values":[]'),
      'its samples are histograms': (text: string) => text.replaceAll('"values":', '"histograms":'),
    },
  },
} as const;

/** Two targets, `a` and `b`, as they are scraped. */
async function openTargets(): Promise<Wire> {
  const { url, state } = await stage((scene, path) => {
    const target = scene.targets[path.slice(1)];
    if (target === undefined || target.down === true) return undefined;
    const lines = target.values.map(({ name, labels, value }) => `${name}${labelled(labels)} ${value} ${target.at}\n`);
    return { type: 'text/plain; version=0.0.4', body: lines.join('') };
  });
  const source = openMetrics({
    targets: [`${url}/a`, `${url}/b`],
    matchers: { tenant: TENANT },
    now: () => state.now,
  });
  return wire(source, state);
}

/** The same targets as a Prometheus tells of them. */
async function openServer(): Promise<Wire> {
  const { url, state } = await stage(({ targets }) => {
    const result = Object.entries(targets).flatMap(([instance, { at, values, down = false }]) => {
      const scraped = { instance, job: 'edge', zone: `zone-${instance}` };
      const up = { name: 'up', labels: {}, value: down ? '0' : '1' };
      return [up, ...(down ? [] : values)].map(({ name, labels, value }) => ({
        metric: { __name__: name, ...scraped, ...labels },
        values: [[at / 1000, value]],
      }));
    });
    const body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });
    return { type: 'application/json', body };
  });
  const source = prometheusMetrics({
    api: prometheusApi({ url }),
    targets: { job: 'edge' },
    instances: ['a', 'b'],
    matchers: { tenant: TENANT },
    now: () => state.now,
  });
  return wire(source, state);
}

interface State {
  scene: Scene;
  now: number;
}

interface Page {
  readonly type: string;
  readonly body: string;
}

type Played = Exclude<Scene, string>;

async function stage(
  pageOf: (scene: Played, path: string) => Page | undefined,
): Promise<{ url: string; state: State }> {
  const state: State = { scene: 'no answer', now: 0 };
  const answer: RequestListener = ({ url = '' }, response) => {
    const { scene } = state;
    if (typeof scene === 'string') return refuse(scene, response);
    const page = pageOf(scene, url);
    if (page === undefined) return refuse('no answer', response);
    const { spoil = (whole) => whole } = scene;
    response.writeHead(200, { 'content-type': page.type }).end(spoil(page.body));
  };
  return { url: await serve(answer), state };
}

function refuse(how: Extract<Scene, string>, response: ServerResponse): void {
  if (how === 'no answer') response.destroy();
  else response.writeHead(how === 'overloaded' ? 503 : 403).end();
}

function wire(source: MetricSource, state: State): Wire {
  return { source, show: (scene, now) => Object.assign(state, { scene, now }) };
}

function labelled(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([label, value]) => `${label}="${value}"`)
    .join(',')}}`;
}
