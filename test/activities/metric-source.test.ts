import { describe, expect, it } from 'vitest';
import { openMetricSource } from '../../src/activities/metric-source.ts';
import { openWorlds } from '../../src/activities/world.ts';
import type { Profile } from '../../src/domain/profile-schema.ts';
import { serve } from '../support/local-server.ts';
import { exampleOperator } from '../support/operator.ts';
import { exposed } from '../metrics/samples.ts';

const signal = new AbortController().signal;
const series: Pick<Profile['metrics'], 'sumWithout'> = { sumWithout: [] };
const ofTenant = (tenant: string, allow: number) =>
  exposed({ allow })
    .replaceAll('{decision', `{tenant="${tenant}",decision`)
    .replaceAll('{le', `{tenant="${tenant}",le`)
    .replaceAll(/_(sum|count) /g, `_$1{tenant="${tenant}"} `)
    .replaceAll(/^#.*\n|^go_.*\n/gm, '');

/** A Prometheus without a single series, and the queries that it was asked. */
async function askedServer() {
  const asked: (string | null)[] = [];
  const url = await serve(({ url: path = '' }, response) => {
    asked.push(new URL(path, 'http://host').searchParams.get('query'));
    const nothing = { status: 'success', data: { resultType: 'matrix', result: [] } };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(nothing));
  });
  return { url, asked };
}

describe('the metrics of a profile', () => {
  it('are those of the tenant that is meant, of several that its targets tell of', async () => {
    const page = ofTenant('acme', 7) + ofTenant('acme-two', 9);
    const url = await serve(
      (_, response) => void response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page),
    );
    const metrics: Profile['metrics'] = {
      kind: 'openmetrics',
      targets: [url],
      matchers: { tenant: '{tenant}' },
      ...series,
    };
    for (const [tenant, allow] of [
      ['acme', 7],
      ['acme-two', 9],
    ] as const) {
      const snapshot = await openMetricSource(metrics, { tenant, environment: 'prod' }).snapshot(signal);
      expect(snapshot.series).toHaveLength(4);
      expect(snapshot.series[0]).toMatchObject({ count: allow });
    }
  });

  it('are asked of a Prometheus in the words of the platform, for whatever world they are opened', async () => {
    const { url, asked } = await askedServer();
    const { profiles } = exampleOperator();
    const [[name, profile] = []] = Object.entries(profiles);
    if (name === undefined || profile === undefined) throw new Error('the example has no profile');
    const metrics: Profile['metrics'] = {
      kind: 'prometheus',
      url,
      targets: { job: 'edge', stage: '{environment}' },
      matchers: { tenant: '{tenant}/{environment}' },
      staleAfter: 45_000,
      ...series,
    };
    const worlds = openWorlds({ [name]: { ...profile, metrics } });
    for (const tenant of ['acme', '$&']) {
      const world = worlds({ profile: name, tenant, environment: 'production' });
      await expect(world.metrics.snapshot(signal)).rejects.toThrow('no target is scraped');
    }
    expect(asked).toEqual([
      expect.stringMatching(/,job="edge",stage="prod",tenant=~"acme\/prod\|"\}\[45000ms\]$/),
      expect.stringContaining(String.raw`tenant=~"\\$&/prod|"`),
    ]);
  });
});
