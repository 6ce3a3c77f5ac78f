import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serviceAccount, type ClusterAccess } from '../../src/traffic/gateway-api/access.ts';
import { gatewayApiTraffic, type GatewayApiOptions } from '../../src/traffic/gateway-api/gateway-api.ts';
import { parseKubeconfig } from '../../src/traffic/gateway-api/kubeconfig.ts';
import { stalling } from '../support/local-server.ts';
import { LOQUACIOUS, sendJson, startApiServer, takenOver, type ApiServer, type Handler } from './api-server.ts';
import { keepsItsPromises, problemOf, signal, textOf, type Bench, type Mischief } from './conformance.ts';

const accessOf = ({ url, authority, token }: ApiServer): ClusterAccess => ({
  server: url,
  certificateAuthority: authority,
  caller: { token },
});

const adapterFor = (server: ApiServer, more: Partial<GatewayApiOptions> = {}) =>
  gatewayApiTraffic({
    namespace: 'edge',
    route: 'authorization',
    intended: 'intended',
    bypass: 'legacy-authorization',
    gateway: { name: 'edge', namespace: 'edge' },
    access: () => Promise.resolve(accessOf(server)),
    ...more,
  });

const weigh = ({ route }: ApiServer, percent: number, rule = 0) => {
  for (const ref of route.spec.rules[rule]?.backendRefs ?? []) {
    ref.weight = ref.name === 'intended' ? percent : 100 - percent;
  }
};

const weightsOf = ({ route }: ApiServer, rule = 0) => route.spec.rules[rule]?.backendRefs.map(({ weight }) => weight);

const refusing =
  (status: number): Handler =>
  (_, response) =>
    sendJson(response, status, { kind: 'Status', message: LOQUACIOUS, code: status });

const MISBEHAVIOUR: Readonly<Record<Mischief, (server: ApiServer) => Handler>> = {
  refuses: () => refusing(403),
  fails: () => refusing(500),
  'never answers': () => () => undefined,
  'never finishes': () => (_, response) => void response.writeHead(200).write('{'),
  'talks nonsense': () => (_, response) => sendJson(response, 200, { kind: 'HTTPRoute', hush: LOQUACIOUS }),
  'talks too much':
    ({ route }) =>
    (_, response) =>
      sendJson(response, 200, { ...route, more: ' '.repeat(3_000_000) }),
  'hangs up': () => (_, response) => void response.destroy(),
  'moves and hangs up': () => (_, response, serve) => {
    response.end = () => response.destroy();
    void serve();
  },
};

async function openBench(): Promise<Bench> {
  const server = await startApiServer();
  const move = async (percent: number) => {
    weigh(server, percent);
    server.changed();
  };
  await move(5);
  return {
    traffic: adapterFor(server),
    // A handshake comes before every answer.
    hasty: adapterFor(server, { deadline: 300 }),
    move,
    told: async () => weightsOf(server)?.[0] ?? -1,
    misbehave: (mischief) =>
      server.interrupt(
        MISBEHAVIOUR[mischief](server),
        ...(mischief === 'moves and hangs up' ? (['PATCH'] as const) : []),
      ),
    secrets: ['hush', server.url],
  };
}

keepsItsPromises('the gateway-api adapter', openBench);

describe('the gateway-api adapter', () => {
  it('moves both weights and nothing else', async () => {
    const server = await startApiServer();
    const { spec } = structuredClone(server.route);
    const traffic = adapterFor(server);
    await traffic.set(25, await traffic.read(signal), signal);
    expect(weightsOf(server)).toEqual([25, 75]);
    weigh(server, 0);
    expect(server.route.spec).toEqual(spec);
  });

  it.each([
    [12.5, [125, 875]],
    [0.25, [25, 9_975]],
    [99.99, [9_999, 1]],
  ])('makes %s percent exactly', async (percent, weights) => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    await traffic.set(percent, await traffic.read(signal), signal);
    expect(weightsOf(server)).toEqual(weights);
    expect(await traffic.read(signal)).toMatchObject({ percent });
  });

  it('refuses a share that no weights make exactly', async () => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    const before = await traffic.read(signal);
    expect(await problemOf(traffic.set(100 / 3, before, signal))).toMatchObject({ problem: 'refused' });
    expect(weightsOf(server)).toEqual([0, 100]);
  });

  it('reads weights that do not add up to 100', async () => {
    const server = await startApiServer();
    for (const [intended, bypass, percent] of [
      [1, 3, 25],
      [250_000, 750_000, 25],
      [1, 0, 100],
      [0, 1, 0],
    ] as const) {
      Object.assign(server.route.spec.rules[0]?.backendRefs[0] ?? {}, { weight: intended });
      Object.assign(server.route.spec.rules[0]?.backendRefs[1] ?? {}, { weight: bypass });
      server.changed();
      expect(await adapterFor(server).read(signal)).toMatchObject({ percent });
    }
  });

  it('finds its backends in whatever order they stand', async () => {
    const server = await startApiServer();
    server.route.spec.rules[0]?.backendRefs.reverse();
    server.changed();
    const traffic = adapterFor(server);
    await traffic.set(25, await traffic.read(signal), signal);
    expect(weightsOf(server)).toEqual([75, 25]);
  });

  it('is not told that somebody moved the share when the gateway only spoke of it', async () => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    const before = await traffic.read(signal);
    server.touched();
    expect(await traffic.set(25, before, signal)).toMatchObject({ percent: 25 });
  });

  it('does not move a route that was deleted and made anew', async () => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    const before = await traffic.read(signal);
    server.route.metadata.uid = '00000000-0000-4000-8000-000000000000';
    expect(await problemOf(traffic.set(25, before, signal))).toMatchObject({ problem: 'moved-by-somebody-else' });
  });

  it.each([
    ['the weights', (server: ApiServer) => weigh(server, 60)],
    ['the order of the backends', ({ route }: ApiServer) => route.spec.rules[0]?.backendRefs.reverse()],
    ['another rule before it', ({ route }: ApiServer) => route.spec.rules.unshift({ backendRefs: [] })],
  ])('does not move when somebody changes %s between its read and its patch', async (_, change) => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    const before = await traffic.read(signal);
    server.interrupt((_request, _response, serve) => {
      change(server);
      server.changed();
      void serve();
    }, 'PATCH');
    const changed = await problemOf(traffic.set(25, before, signal));
    expect(changed).toMatchObject({ problem: 'moved-by-somebody-else' });
    expect(weightsOf(server)).not.toContain(25);
  });

  it.each([
    [409, 'no-answer'],
    [422, 'refused'],
    [403, 'refused'],
    [429, 'no-answer'],
    [503, 'no-answer'],
    [302, 'surprising-shape'],
    [202, 'surprising-shape'],
  ] as const)('takes status %s of a patch for %s when nobody changed the route', async (status, problem) => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    const before = await traffic.read(signal);
    server.interrupt(refusing(status), 'PATCH');
    const error = await problemOf(traffic.set(25, before, signal));
    expect(error).toMatchObject({ problem });
    expect(textOf(error)).not.toContain('hush');
    expect(server.calls.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });
});

describe('a share of a route', () => {
  const WAITING = 'the gateway has not taken the change over yet';

  it('does not count before the gateway has taken it over', async () => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    server.gateway = 'lags';
    await traffic.set(25, await traffic.read(signal), signal);
    const error = await problemOf(traffic.read(signal));
    expect(error).toMatchObject({ problem: 'not-in-force', message: WAITING, told: { percent: 25 } });
    server.route.status.parents = [takenOver(server.route.metadata.generation)];
    expect(await traffic.read(signal)).toMatchObject({ percent: 25 });
  });

  it('can be moved back although the gateway never took it over', async () => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    server.gateway = 'lags';
    await traffic.set(25, await traffic.read(signal), signal);
    const { told } = await problemOf(traffic.read(signal));
    server.gateway = 'takes over';
    await traffic.set(0, told ?? { percent: 0, version: '' }, signal);
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
  });

  type Parent = ReturnType<typeof takenOver>;
  const condition = (type: string, patch: Partial<Parent['conditions'][number]>) => (parent: Parent) => {
    Object.assign(parent.conditions.find((one) => one.type === type) ?? {}, patch);
  };

  it.each<[string, (parent: Parent) => void, string]>([
    ['it is not accepted', condition('Accepted', { status: 'False' }), 'the gateway says that Accepted is False'],
    ['it is unknown', condition('Accepted', { status: 'Unknown' }), 'the gateway says that Accepted is Unknown'],
    [
      'a backend is missing',
      condition('ResolvedRefs', { status: 'False' }),
      'the gateway says that ResolvedRefs is False',
    ],
    ['the word is old', condition('ResolvedRefs', { observedGeneration: 2 }), WAITING],
    ['nobody knows how old the word is', ({ conditions }) => delete conditions[0]?.observedGeneration, WAITING],
    ['a word is missing', ({ conditions }) => conditions.pop(), 'the gateway does not say ResolvedRefs'],
    [
      'only a part is carried out',
      ({ conditions }) =>
        conditions.push({ type: 'PartiallyInvalid', status: 'True', observedGeneration: 3, reason: 'Broken' }),
      'the gateway carries the route out in part only',
    ],
    [
      'another gateway speaks',
      (parent) => (parent.parentRef['name'] = 'inner'),
      'the gateway edge says nothing of the route',
    ],
    [
      'a gateway of another namespace speaks',
      (parent) => (parent.parentRef['namespace'] = 'inner'),
      'the gateway edge says nothing of the route',
    ],
    [
      'a service of this name speaks',
      (parent) => (parent.parentRef['kind'] = 'Service'),
      'the gateway edge says nothing of the route',
    ],
  ])('does not count when %s', async (_, change, message) => {
    const server = await startApiServer();
    const [parent] = server.route.status.parents;
    if (parent !== undefined) change(parent);
    const error = await problemOf(adapterFor(server).read(signal));
    expect(error).toMatchObject({ problem: 'not-in-force', message, told: { percent: 0 } });
  });

  it('does not count when one of two listeners has not taken it over', async () => {
    const server = await startApiServer();
    server.route.status.parents = [takenOver(3), takenOver(2)];
    expect(await problemOf(adapterFor(server).read(signal))).toMatchObject({ message: WAITING });
  });

  it('does not count when nobody has said anything, or the route is being deleted', async () => {
    const server = await startApiServer();
    Reflect.deleteProperty(server.route, 'status');
    expect(await problemOf(adapterFor(server).read(signal))).toMatchObject({ problem: 'not-in-force' });
    server.route.status = { parents: [takenOver(3)] };
    server.route.metadata['deletionTimestamp'] = '2026-11-22T12:00:00Z';
    expect(await problemOf(adapterFor(server).read(signal))).toMatchObject({ message: 'the route is being deleted' });
  });

  it('does not count when both weights are 0, and can be moved from there', async () => {
    const server = await startApiServer();
    for (const ref of server.route.spec.rules[0]?.backendRefs ?? []) ref.weight = 0;
    const traffic = adapterFor(server);
    const error = await problemOf(traffic.read(signal));
    expect(error).toMatchObject({ problem: 'not-in-force', message: 'both weights are 0' });
    await traffic.set(0, error.told ?? { percent: 0, version: '' }, signal);
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
  });
});

describe('a route of another shape is refused', () => {
  const other = (name: string) => ({ name, port: 8080, weight: 1 });

  it.each<[string, (route: ApiServer['route']) => void, string]>([
    [
      'with two rules',
      ({ spec }) => spec.rules.push({ backendRefs: [other('intended')] }),
      'the route has 2 rules, and the profile does not say which',
    ],
    ['without rules', ({ spec }) => spec.rules.pop(), 'the route has 0 rules, and the profile does not say which'],
    [
      'with a third backend',
      ({ spec }) => spec.rules[0]?.backendRefs.push(other('more')),
      'the rule does not split between intended and legacy-authorization and nothing else',
    ],
    [
      'with one backend',
      ({ spec }) => spec.rules[0]?.backendRefs.pop(),
      'the rule does not split between intended and legacy-authorization and nothing else',
    ],
    [
      'with another backend',
      ({ spec }) => Object.assign(spec.rules[0]?.backendRefs[1] ?? {}, { name: 'other' }),
      'the rule does not split between intended and legacy-authorization and nothing else',
    ],
    [
      'with the same backend twice',
      ({ spec }) => Object.assign(spec.rules[0]?.backendRefs[1] ?? {}, { name: 'intended' }),
      'the rule does not split between intended and legacy-authorization and nothing else',
    ],
    [
      'with a weight that is none',
      ({ spec }) => Object.assign(spec.rules[0]?.backendRefs[1] ?? {}, { weight: -1 }),
      'the API server did not answer with an HTTPRoute of version v1',
    ],
    [
      'of another version',
      (route) => (route.apiVersion = 'gateway.networking.k8s.io/v2'),
      'the API server did not answer with an HTTPRoute of version v1',
    ],
  ])('%s', async (_, change, message) => {
    const server = await startApiServer();
    const traffic = adapterFor(server);
    const before = await traffic.read(signal);
    change(server.route);
    for (const attempt of [traffic.read(signal), traffic.set(25, before, signal)]) {
      expect(await problemOf(attempt)).toMatchObject({ problem: 'surprising-shape', message });
    }
    expect(server.calls.map(({ method }) => method)).not.toContain('PATCH');
  });

  it('unless the profile says which rule, by position or by name', async () => {
    const server = await startApiServer();
    server.route.spec.rules.unshift({ name: 'health', backendRefs: [other('intended')] });
    Object.assign(server.route.spec.rules[1] ?? {}, { name: 'authorize' });
    server.changed();
    for (const rule of [1, 'authorize']) {
      const traffic = adapterFor(server, { rule });
      const before = await traffic.read(signal);
      await traffic.set(before.percent + 5, before, signal);
    }
    expect(weightsOf(server, 1)).toEqual([10, 90]);
    for (const rule of [2, 'audit']) {
      expect(await problemOf(adapterFor(server, { rule }).read(signal))).toMatchObject({
        problem: 'surprising-shape',
        message: `the route has no rule ${rule}`,
      });
    }
  });
});

describe('the credentials', () => {
  it('of the service account are read anew for every call, because Kubernetes replaces them', async () => {
    const server = await startApiServer();
    const home = await mkdtemp(join(tmpdir(), 'golive-account-'));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const traffic = adapterFor(server, { access: () => serviceAccount(home, server.url) });
    const unread = { problem: 'refused', message: 'the token and the authority of the service account cannot be read' };
    expect(await problemOf(traffic.read(signal))).toMatchObject(unread);
    await writeFile(join(home, 'ca.crt'), server.authority);
    await writeFile(join(home, 'token'), '\n');
    expect(await problemOf(traffic.read(signal))).toMatchObject(unread);
    await writeFile(join(home, 'token'), 'an-old-token');
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'refused' });
    await writeFile(join(home, 'token'), `${server.token}\n`);
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
    expect(server.calls.map(({ authorization }) => authorization)).toEqual([
      'Bearer an-old-token',
      `Bearer ${server.token}`,
    ]);
  });

  it('may be a certificate', async () => {
    const server = await startApiServer();
    const { certificate, key } = server.client;
    const access = { ...accessOf(server), caller: { certificate, key } };
    const traffic = adapterFor(server, { access: () => Promise.resolve(access) });
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
    expect(server.calls).toEqual([{ method: 'GET', authorization: undefined }]);
  });

  it('are shown to nobody whose certificate another authority vouches for', async () => {
    const [server, other] = [await startApiServer(), await startApiServer()];
    const access = { ...accessOf(server), certificateAuthority: other.authority };
    const error = await problemOf(adapterFor(server, { access: () => Promise.resolve(access) }).read(signal));
    expect(error).toMatchObject({ problem: 'no-answer' });
    expect(server.calls).toEqual([]);
  });

  it('may come from a kubeconfig', async () => {
    const server = await startApiServer();
    const text = JSON.stringify({
      'current-context': 'prod',
      contexts: [{ name: 'prod', context: { cluster: 'c', user: 'u' } }],
      clusters: [
        {
          name: 'c',
          cluster: {
            server: `${server.url}/`,
            'certificate-authority-data': Buffer.from(server.authority).toString('base64'),
          },
        },
      ],
      users: [{ name: 'u', user: { token: server.token } }],
    });
    const traffic = adapterFor(server, { access: () => Promise.resolve(parseKubeconfig(text)) });
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
  });

  it('are not waited for when the server says nothing, not even of the handshake', async () => {
    const access: ClusterAccess = { server: await stalling(), caller: 'nobody' };
    const server = await startApiServer();
    const traffic = adapterFor(server, { access: () => Promise.resolve(access), deadline: 50 });
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'late' });
  });
});
