import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { translated } from '../../src/activities/failures.ts';
import { trafficActivities } from '../../src/activities/traffic.ts';
import { openWorlds } from '../../src/activities/world.ts';
import type { TrafficProfile } from '../../src/domain/profile-schema.ts';
import { RouterMetrics } from '../../src/sandbox/router/metrics.ts';
import { gatewayApiTraffic } from '../../src/traffic/gateway-api/gateway-api.ts';
import { startApiServer, takenOver, type ApiServer } from '../traffic/api-server.ts';
import { serve } from '../support/local-server.ts';
import { calledByRun } from './called.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { factsOf, startStage, worldOf, type Stage } from './stage.ts';

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

describe('traffic that is moved by hand', () => {
  const MANUAL: TrafficProfile = { kind: 'manual', owner: 'chi@acme.example', observe: 10_000 };
  const NAMES = {
    requests: 'golive_requests_total',
    duration: 'golive_request_duration_seconds',
    routed: 'golive_routed_requests_total',
  };
  const REQUESTS = 3_000;

  /** Where the router stands, and what it counts there between two looks. */
  let hand = 0;
  let metricsAt: string;
  beforeEach(async () => {
    const router = new RouterMetrics('tenant_acme_prod', Date.now());
    metricsAt = await serve((request, response) => {
      if (request.url !== '/metrics') return void response.writeHead(404).end();
      router.routed('intended', (REQUESTS * hand) / 100);
      router.routed('bypass', (REQUESTS * (100 - hand)) / 100);
      response.setHeader('content-type', 'text/plain; version=0.0.4').end(router.page('prometheus'));
    });
  });

  /** The activities of a profile whose share somebody moves by hand. */
  function byHand(path = '/metrics') {
    const { sandbox } = stage.operator.profiles;
    if (sandbox === undefined) throw new Error('the sandbox has a profile');
    const metrics = {
      ...sandbox.metrics,
      kind: 'openmetrics' as const,
      targets: [`${metricsAt}${path}`],
      names: NAMES,
    };
    const worlds = openWorlds({ sandbox: { ...sandbox, traffic: MANUAL, metrics } });
    return calledByRun(translated(trafficActivities({ worlds, store: stage.store, trust: { mode: 'namespace' } })));
  }

  const toRamp = { from: 5, to: 25, approvedBy: [] };

  it('needs hands until the requests show it, and then counts', async () => {
    const activities = byHand();
    const request = { ...toRamp, key: stage.key('ramp-25') };
    hand = 5;
    const asked = await outcomeOf(activities.shiftTraffic(stage.scope, request));
    expect(asked).toMatchObject({
      code: 'TrafficNeedsHands',
      failure: {
        nonRetryable: true,
        message: expect.stringMatching(
          /^chi@acme\.example must set the share to 25 % by hand, the requests show 5\.0 %$/,
        ) as string,
      },
    });
    hand = 25;
    const finding = await activities.shiftTraffic(stage.scope, request);
    expect(finding).toMatchObject({ verdict: 'pass', summary: '5 % to 25 %, as the requests show' });
    expect(await factsOf(stage, finding.evidence)).toMatchObject({
      after: { between: { low: expect.any(Number) as number, high: expect.any(Number) as number } },
    });
  });

  it('stops when more goes through than was asked for', async () => {
    hand = 60;
    const outcome = outcomeOf(byHand().shiftTraffic(stage.scope, { ...toRamp, key: stage.key('ramp-25') }));
    expect(await outcome).toMatchObject({
      code: 'TrafficMoved',
      failure: {
        message: expect.stringMatching(
          /^the share stands at 60\.0 % \(between \d+\.\d and \d+\.\d %\), we left it at 5 %$/,
        ) as string,
      },
    });
  });

  it('asks for the safe share, also when nobody can see where the share stands', async () => {
    hand = 50;
    const request = { percent: 5, key: stage.key('traffic-to-safe') };
    expect(wordOf(await outcomeOf(byHand().trafficToSafe(stage.scope, request)))).toBe('TrafficNeedsHands');
    const blind = byHand('/nowhere');
    expect(await outcomeOf(blind.trafficToSafe(stage.scope, request))).toMatchObject({
      code: 'TrafficNeedsHands',
      failure: {
        message: expect.stringMatching(/^chi@acme\.example must set the share to 5 % by hand: .*status 404$/) as string,
      },
    });
    hand = 5;
    expect(await byHand().trafficToSafe(stage.scope, request)).toMatchObject({ verdict: 'pass' });
  });
});

describe('a route whose gateway has not taken it over', () => {
  let server: ApiServer;
  beforeEach(async () => {
    server = await startApiServer();
    server.gateway = 'lags';
  });

  function byRoute() {
    const traffic = gatewayApiTraffic({
      namespace: 'edge',
      route: 'authorization',
      intended: 'intended',
      bypass: 'legacy-authorization',
      gateway: { name: 'edge', namespace: 'edge' },
      access: () =>
        Promise.resolve({
          server: server.url,
          certificateAuthority: server.authority,
          caller: { token: server.token },
        }),
    });
    const world = { ...worldOf(stage), traffic };
    return calledByRun(
      translated(trafficActivities({ worlds: () => world, store: stage.store, trust: { mode: 'namespace' } })),
    );
  }

  const weights = () => server.route.spec.rules[0]?.backendRefs.map(({ weight }) => weight);

  it('is moved once and waited for', async () => {
    const shift = () =>
      byRoute().shiftTraffic(stage.scope, { from: 0, to: 5, key: stage.key('low-traffic'), approvedBy: [] });
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await outcomeOf(shift())).toMatchObject({ code: 'EffectUnconfirmed', failure: { nonRetryable: false } });
    }
    server.route.status.parents = [takenOver(server.route.metadata.generation)];
    expect(await shift()).toMatchObject({ verdict: 'pass', summary: '0 % to 5 %, read back' });
    expect(server.calls.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  it('is still brought to safety, and that is not believed before it is in force', async () => {
    const toSafe = () => byRoute().trafficToSafe(stage.scope, { percent: 0, key: stage.key('traffic-to-safe') });
    for (const ref of server.route.spec.rules[0]?.backendRefs ?? []) ref.weight = 50;
    server.changed();
    expect(wordOf(await outcomeOf(toSafe()))).toBe('EffectUnconfirmed');
    expect(weights()).toEqual([0, 100]);
    expect(wordOf(await outcomeOf(toSafe()))).toBe('EffectUnconfirmed');
    server.route.status.parents = [takenOver(server.route.metadata.generation)];
    expect(await toSafe()).toMatchObject({ verdict: 'pass' });
  });
});
