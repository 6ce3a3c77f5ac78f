import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';
import { newSigningKey } from '../src/evidence/dsse.ts';
import { evidenceDirectory } from './support/sealing.ts';

const EXAMPLE = readFileSync(new URL('../contract/golive.example.yaml', import.meta.url), 'utf8');
const SECRETS = {
  INTENDED_API_KEY: 'mrt_live_1',
  INTENDED_STAGING_API_KEY: 'mrt_test_2',
  EDGE_TOKEN: 'edge-3',
  PAGER_URL: 'https://pager.acme.example/4',
};

const SIGNING_KEY = newSigningKey().private;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'golive-config-'));
  await mkdir(join(home, 'keys'));
  await writeFile(join(home, 'keys/evidence.pem'), SIGNING_KEY, { mode: 0o600 });
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** Reads this text as `golive.yaml`, with these variables beside it. */
async function read(text: string, environment: NodeJS.ProcessEnv = SECRETS) {
  const path = join(home, 'golive.yaml');
  await writeFile(path, text);
  return readConfig({ ...environment, GOLIVE_CONFIG: path });
}

/** What is wrong with it, one problem a line, without the path of the file. */
async function problemsOf(text: string, environment?: NodeJS.ProcessEnv): Promise<string[]> {
  const error: unknown = await read(text, environment).catch((problem: unknown) => problem);
  if (!(error instanceof ConfigError)) throw new Error('the configuration was read');
  for (const secret of Object.values(SECRETS)) expect(error.message).not.toContain(secret);
  const [first, ...rest] = error.message.split('\n  ');
  expect(first).toContain('golive.yaml');
  return rest.length > 0 ? rest : [first ?? ''];
}

describe('the example configuration', () => {
  it('is read when its secrets exist', async () => {
    const { operator } = await read(EXAMPLE);
    const profile = operator.profiles['acme-production'];
    expect(profile).toMatchObject({
      rehearsal: false,
      intended: { apiKey: 'mrt_live_1', authorityToken: { longestLife: 600_000, clockTolerance: 30_000 } },
      traffic: { token: 'edge-3' },
    });
    expect(operator.paging).toEqual([{ kind: 'webhook', url: 'https://pager.acme.example/4', least: 'info' }]);
    expect(operator).not.toHaveProperty('temporalUi');
  });

  it('keeps evidence beside itself', async () => {
    const { operator } = await read(EXAMPLE);
    expect(evidenceDirectory(operator)).toBe(join(home, 'evidence'));
  });

  it('names every missing secret at once', async () => {
    expect(await problemsOf(EXAMPLE, {})).toEqual([
      'paging.0.url: PAGER_URL is not set',
      'profiles.acme-production.intended.apiKey: INTENDED_API_KEY is not set',
      'profiles.acme-production.intended.staging.apiKey: INTENDED_STAGING_API_KEY is not set',
      'profiles.acme-production.traffic.token: EDGE_TOKEN is not set',
    ]);
  });

  it('takes an empty secret for a missing one', async () => {
    expect(await problemsOf(EXAMPLE, { ...SECRETS, EDGE_TOKEN: '' })).toEqual([
      'profiles.acme-production.traffic.token: EDGE_TOKEN is not set',
    ]);
  });
});

describe('a secret in a file', () => {
  const text = EXAMPLE.replace('{ env: EDGE_TOKEN }', '{ file: keys/edge }');

  it('is found beside the configuration, without the line end', async () => {
    await writeFile(join(home, 'keys/edge'), 'from-a-file\n');
    const { operator } = await read(text);
    expect(operator.profiles['acme-production']?.traffic).toMatchObject({ token: 'from-a-file' });
  });

  it('is missed by the name of its file', async () => {
    expect(await problemsOf(text)).toEqual(['profiles.acme-production.traffic.token: keys/edge is empty or missing']);
  });
});

describe("the platform's command line", () => {
  const SURROUNDINGS = { ...SECRETS, PATH: '/usr/local/bin:/usr/bin', HOME: '/home/golive' };
  const withCommandLine = (text: string, example = EXAMPLE) =>
    example.replace('      paths: {}', `      cli: ${text}\n      paths: {}`);
  const commandLineOf = async (text: string) => {
    const { operator } = await read(withCommandLine(text), SURROUNDINGS);
    return operator.profiles['acme-production']?.intended.cli;
  };
  const WHERE = 'profiles.acme-production.intended.cli';

  it('is not there unless it is named', async () => {
    const { operator } = await read(EXAMPLE);
    expect(operator.profiles['acme-production']?.intended).not.toHaveProperty('cli');
  });

  it('gets a minute, and of the surroundings of the worker only what finds programs and their configuration', async () => {
    expect(await commandLineOf('{ binary: meritt }')).toEqual({
      binary: 'meritt',
      environments: {},
      environmentVariables: { PATH: '/usr/local/bin:/usr/bin', HOME: '/home/golive' },
      timeout: 60_000,
    });
  });

  it('gets what the profile says', async () => {
    const variables = '{ Intended_API_KEY: { env: INTENDED_API_KEY }, HOME: { env: EDGE_TOKEN } }';
    const text = `{ binary: /opt/intended/bin/intended, environments: { production: prod }, environmentVariables: ${variables}, timeout: 2m }`;
    expect(await commandLineOf(text)).toEqual({
      binary: '/opt/intended/bin/intended',
      environments: { production: 'prod' },
      environmentVariables: { PATH: '/usr/local/bin:/usr/bin', HOME: 'edge-3', Intended_API_KEY: 'mrt_live_1' },
      timeout: 120_000,
    });
  });

  it.each([
    ['{ binary: "meritt --verbose" }', 'binary: must be a plain name or an absolute path'],
    ['{ binary: bin/meritt }', 'binary: must be a plain name or an absolute path'],
    ['{ binary: ./meritt }', 'binary: must be a plain name or an absolute path'],
    ['{ binary: --help }', 'binary: must be a plain name or an absolute path'],
    ['{ binary: "/opt/my tools/meritt" }', 'binary: must be a plain name or an absolute path'],
    ['{ binary: "meritt;id" }', 'binary: must be a plain name or an absolute path'],
    ['{ binary: "/bin/$(id)" }', 'binary: must be a plain name or an absolute path'],
    ['{ binary: "meritt\\n" }', 'binary: must be a plain name or an absolute path'],
    [
      '{ binary: meritt, environments: { production: --all } }',
      'environments.production: must be letters, digits, dots or dashes',
    ],
    ['{ binary: meritt, environmentVariables: { KEY: a-word } }', 'environmentVariables.KEY: Invalid input'],
    [
      '{ binary: meritt, environmentVariables: { KEY: { env: NOWHERE } } }',
      'environmentVariables.KEY: NOWHERE is not set',
    ],
    ['{ binary: meritt, timeout: 10m }', 'timeout: must lie between 1s and 4m'],
    ['{ binary: meritt, timeout: 0s }', 'timeout: must lie between 1s and 4m'],
    ['{ binary: meritt, timeout: soon }', 'timeout: is not a duration such as 30s, 1h30m or PT5M'],
  ])('cannot be %s', async (text, problem) => {
    expect(await problemsOf(withCommandLine(text), SURROUNDINGS)).toEqual([`${WHERE}.${problem}`]);
  });

  it('cannot have a variable that is no name', async () => {
    const problems = await problemsOf(
      withCommandLine('{ binary: meritt, environmentVariables: { "A B": { env: EDGE_TOKEN } } }'),
      SURROUNDINGS,
    );
    expect(problems).toEqual([expect.stringMatching(/\.environmentVariables\.A B: /)]);
  });

  it('misses a path or a home by name', async () => {
    expect(await problemsOf(withCommandLine('{ binary: meritt }'), { ...SURROUNDINGS, HOME: '' })).toEqual([
      `${WHERE}.environmentVariables.HOME: HOME is not set`,
    ]);
  });

  it('cannot serve two tenants, because it cannot be told which one is meant', async () => {
    const two = EXAMPLE.replace('tenants: [tenant_acme_prod]', 'tenants: [tenant_acme_prod, tenant_acme_two]').replace(
      'names: {',
      "matchers: { tenant: '{tenant}' }\n      names: {",
    );
    expect(await problemsOf(withCommandLine('{ binary: meritt }', two), SURROUNDINGS)).toEqual([
      `${WHERE}: cannot be told which tenant is meant, so the profile must list one tenant only`,
    ]);
  });
});

describe('the pagers', () => {
  const WEBHOOK = '  - { kind: webhook, url: { env: PAGER_URL } }\n';
  const surroundings = { ...SECRETS, PAGERDUTY_ROUTING_KEY: 'routing-6' };
  const withPagers = (...lines: readonly string[]) =>
    EXAMPLE.replace(
      `paging:\n${WEBHOOK}`,
      lines.length === 0 ? '' : `paging:\n${lines.map((it) => `  - ${it}\n`).join('')}`,
    );
  const pagersOf = async (...lines: readonly string[]) =>
    (await read(withPagers(...lines), surroundings)).operator.paging;

  it('are webhooks that hear everything, and PagerDuty that hears what has to wake somebody', async () => {
    const pagerDuty = '{ kind: pagerduty, routingKey: { env: PAGERDUTY_ROUTING_KEY } }';
    expect(await pagersOf('{ kind: webhook, url: { env: PAGER_URL } }', pagerDuty)).toEqual([
      { kind: 'webhook', url: SECRETS.PAGER_URL, least: 'info' },
      { kind: 'pagerduty', routingKey: 'routing-6', url: 'https://events.pagerduty.com/v2/enqueue', least: 'warning' },
    ]);
  });

  it('can be told to hear less, and PagerDuty where it is', async () => {
    const where = 'url: https://events.eu.pagerduty.com/v2/enqueue, least: critical';
    expect(await pagersOf(`{ kind: pagerduty, routingKey: { env: PAGERDUTY_ROUTING_KEY }, ${where} }`)).toMatchObject([
      { url: 'https://events.eu.pagerduty.com/v2/enqueue', least: 'critical' },
    ]);
  });

  it.each([
    ['{ kind: webhook, url: { env: PAGER_URL }, least: loud }', /^paging\.0\.least: /],
    ['{ kind: webhook, url: https://hooks.acme.example/secret }', /^paging\.0\.url: /],
    ['{ kind: pagerduty, routingKey: r0uting }', /^paging\.0\.routingKey: /],
    ['{ kind: pagerduty, routingKey: { env: NOWHERE } }', /^paging\.0\.routingKey: NOWHERE is not set$/],
    ['{ kind: pagerduty, url: { env: PAGER_URL } }', /^paging\.0\./],
    ['{ kind: smoke, url: { env: PAGER_URL } }', /^paging\.0\.kind: /],
  ])('cannot be %s', async (pager, problem) => {
    const problems = await problemsOf(withPagers(pager), surroundings);
    expect(problems).toContainEqual(expect.stringMatching(problem));
  });

  it('may not be missing where somebody really goes live, because nobody would hear what is critical', async () => {
    const problem = 'paging: must name a pager, because acme-production is not for rehearsals';
    expect(await problemsOf(withPagers())).toEqual([problem]);
    expect(await problemsOf(EXAMPLE.replace(`paging:\n${WEBHOOK}`, 'paging: []\n'))).toEqual([problem]);
  });

  it('may be missing where everybody rehearses', async () => {
    const { operator } = await read(withPagers().replace('rehearsal: false', 'rehearsal: true'));
    expect(operator.paging).toEqual([]);
  });

  it('can be told where the Temporal UI is', async () => {
    const { operator } = await read(`temporalUi: https://temporal.acme.example\n${EXAMPLE}`);
    expect(operator.temporalUi).toBe('https://temporal.acme.example');
    expect(await problemsOf(`temporalUi: temporal\n${EXAMPLE}`)).toEqual([expect.stringMatching(/^temporalUi: /)]);
  });
});

describe('the token of the monitoring', () => {
  const url = 'url: https://prometheus.acme.example';
  const text = EXAMPLE.replace(url, `${url}\n      token: { env: PROMETHEUS_TOKEN }`);

  it('may be left out, and is a secret like any other', async () => {
    const monitoring = async (...told: Parameters<typeof read>) =>
      (await read(...told)).operator.profiles['acme-production']?.monitoring;
    expect(await monitoring(EXAMPLE)).not.toHaveProperty('token');
    expect(await monitoring(text, { ...SECRETS, PROMETHEUS_TOKEN: 'prometheus-5' })).toMatchObject({
      token: 'prometheus-5',
    });
    expect(await problemsOf(text)).toEqual(['profiles.acme-production.monitoring.token: PROMETHEUS_TOKEN is not set']);
  });
});

describe('what moves the traffic', () => {
  const HTTP = /traffic: \{ kind: http.*\}/;
  const ROUTED = 'duration: golive_request_duration_seconds, routed: golive_routed_requests_total }';
  const moved = (traffic: string) =>
    EXAMPLE.replace(HTTP, `traffic: ${traffic}`).replace('duration: golive_request_duration_seconds }', ROUTED);
  const trafficOf = async (traffic: string) =>
    (await read(moved(traffic))).operator.profiles['acme-production']?.traffic;
  const WHERE = 'profiles.acme-production.traffic';

  const WEIGHT = 'split: { mode: weight, backend: authorization, intended: intended, bypass: bypass }';
  const STICKY = 'split: { mode: sticky, map: /etc/haproxy/golive.map, intended: intended, bypass: bypass }';
  const ROUTE =
    'namespace: edge, route: authorization, intended: intended, bypass: legacy-authorization, gateway: { name: edge }';

  it.each([
    `{ kind: haproxy, runtime: { socket: /run/haproxy/golive.sock }, ${WEIGHT} }`,
    `{ kind: haproxy, runtime: { host: 127.0.0.1, port: 9999 }, ${STICKY} }`,
    `{ kind: gateway-api, ${ROUTE}, access: { kind: in-cluster } }`,
    `{ kind: gateway-api, ${ROUTE}, rule: authorize, access: { kind: in-cluster } }`,
    '{ kind: manual, owner: chi@acme.example, observe: 45s }',
  ])('may be %s', async (traffic) => {
    expect(await trafficOf(traffic)).toMatchObject({ kind: /kind: ([a-z-]+)/.exec(traffic)?.[1] });
  });

  it('by hand is counted for half a minute unless the profile says otherwise', async () => {
    expect(await trafficOf('{ kind: manual, owner: chi@acme.example }')).toMatchObject({ observe: 30_000 });
  });

  it.each([
    [`{ kind: haproxy, runtime: { socket: golive.sock }, ${WEIGHT} }`, /^runtime/],
    [`{ kind: haproxy, runtime: { host: 127.0.0.1, port: 0 }, ${WEIGHT} }`, /^runtime/],
    ['{ kind: haproxy, runtime: { socket: /s }, split: { mode: random } }', /^split\.mode: /],
    [
      `{ kind: haproxy, runtime: { socket: /s }, ${WEIGHT.replace('backend: authorization', 'backend: "a;b"')} }`,
      /^split\.backend: must be a name as HAProxy has them$/,
    ],
    [
      `{ kind: haproxy, runtime: { socket: /s }, ${STICKY.replace('golive.map', 'golive map')} }`,
      /^split\.map: must be the file as the configuration of HAProxy names it$/,
    ],
    [
      `{ kind: gateway-api, ${ROUTE.replace('edge', '../edge')}, access: { kind: in-cluster } }`,
      /^namespace: must be a name as Kubernetes has them$/,
    ],
    [`{ kind: gateway-api, ${ROUTE}, access: { kind: in-cluster, token: hush } }`, /^access: unknown field "token"$/],
    [`{ kind: gateway-api, ${ROUTE}, access: { kind: kubeconfig, kubeconfig: hush } }`, /^access\.kubeconfig: /],
    ['{ kind: manual }', /^owner: /],
    ['{ kind: manual, owner: chi@acme.example, observe: 2m }', /^observe: must lie between 5s and 45s$/],
    ['{ kind: nginx }', /^kind: /],
    ['{ kind: http, url: https://edge.acme.example, retries: 3 }', /unknown field "retries"$/],
  ])('cannot be %s', async (traffic, problem) => {
    const problems = await problemsOf(moved(traffic));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.replace(`${WHERE}.`, '')).toMatch(problem);
  });

  it('cannot be somebody, where nothing would show what they do', async () => {
    const text = EXAMPLE.replace(HTTP, 'traffic: { kind: manual, owner: chi@acme.example }');
    expect(await problemsOf(text)).toEqual([
      `${WHERE}: is moved by hand, so metrics.names.routed must name the counter that shows where requests went`,
    ]);
  });

  it('with a kubeconfig is looked at when the worker starts', async () => {
    const user = (settings: string) =>
      [
        'current-context: prod',
        'contexts: [{ name: prod, context: { cluster: prod, user: golive } }]',
        'clusters: [{ name: prod, cluster: { server: https://prod.acme.example } }]',
        `users: [{ name: golive, user: ${settings} }]`,
      ].join('\n');
    const access = 'access: { kind: kubeconfig, kubeconfig: { file: kubeconfig } }';
    const traffic = `{ kind: gateway-api, ${ROUTE}, ${access} }`;
    expect(await problemsOf(moved(traffic))).toEqual([`${WHERE}.access.kubeconfig: kubeconfig is empty or missing`]);
    await writeFile(join(home, 'kubeconfig'), user('{ exec: { command: aws } }'));
    expect(await problemsOf(moved(traffic))).toEqual([
      expect.stringMatching(/\.access\.kubeconfig: user golive has credentials from a program: /),
    ]);
    await writeFile(join(home, 'kubeconfig'), user('{ token: hush }'));
    expect(await trafficOf(traffic)).toMatchObject({ kind: 'gateway-api' });
  });
});

describe('the metrics', () => {
  const WHERE = 'profiles.acme-production.metrics';
  const SCRAPED = /kind: openmetrics.*\n.*\n.*names:.*\n/;
  const withMetrics = (text: string, example = EXAMPLE) => {
    expect(example).toMatch(SCRAPED);
    return example.replace(SCRAPED, `${text.trim().replaceAll('\n', '\n      ')}\n`);
  };
  const metricsOf = async (text: string) =>
    (await read(withMetrics(text), { ...SECRETS, PROMETHEUS_TOKEN: 'prometheus-5' })).operator.profiles[
      'acme-production'
    ]?.metrics;
  const OPENMETRICS = 'kind: openmetrics\ntargets: [https://edge.acme.example/metrics]';
  const PROMETHEUS = 'kind: prometheus\nurl: https://prometheus.acme.example\ntargets: { job: edge }';
  const NAMES = 'names: { requests: a_total, duration: b_seconds, routed: c_total }';

  it('may come from targets, with the names and labels that they have there', async () => {
    expect(await metricsOf(OPENMETRICS)).toEqual({
      kind: 'openmetrics',
      targets: ['https://edge.acme.example/metrics'],
      matchers: {},
      sumWithout: [],
    });
    expect(await metricsOf(`${OPENMETRICS}\n${NAMES}\nmatchers: { tenant: acme }\nsumWithout: [region]`)).toMatchObject(
      {
        names: { requests: 'a_total', duration: 'b_seconds', routed: 'c_total' },
        matchers: { tenant: 'acme' },
        sumWithout: ['region'],
      },
    );
  });

  it('may come from a Prometheus, of whose targets labels are told', async () => {
    expect(await metricsOf(PROMETHEUS)).toEqual({
      kind: 'prometheus',
      url: 'https://prometheus.acme.example',
      targets: { job: 'edge' },
      staleAfter: 30_000,
      matchers: {},
      sumWithout: [],
    });
    const rest = `${NAMES}\ntoken: { env: PROMETHEUS_TOKEN }\ninstances: [edge-1, edge-2]\nstaleAfter: 1m`;
    expect(await metricsOf(`${PROMETHEUS}\n${rest}`)).toMatchObject({
      token: 'prometheus-5',
      instances: ['edge-1', 'edge-2'],
      staleAfter: 60_000,
      names: { routed: 'c_total' },
    });
  });

  it.each([
    ['kind: statsd', 'kind: '],
    ['kind: openmetrics\ntargets: []', 'targets: '],
    ['kind: openmetrics\nurl: https://prometheus.acme.example\ntargets: { job: edge }', 'targets: '],
    ['kind: prometheus\nurl: prometheus\ntargets: { job: edge }', 'url: '],
    ['kind: prometheus\nurl: https://prometheus.acme.example', 'targets: '],
    [
      'kind: prometheus\nurl: https://prometheus.acme.example\ntargets: {}',
      'targets: must name a label of the targets',
    ],
    [`${PROMETHEUS}\ninstances: []`, 'instances: '],
    [`${PROMETHEUS}\nstaleAfter: 0s`, 'staleAfter: must lie between 1s and 5m'],
    [`${PROMETHEUS}\nstaleAfter: 1h`, 'staleAfter: must lie between 1s and 5m'],
    [`${PROMETHEUS}\nmatchers: { "a=b": c }`, 'matchers.a=b: '],
    [`${PROMETHEUS}\nmatchers: { tenant: 7 }`, 'matchers.tenant: '],
    [`${OPENMETRICS}\nsumWithout: ["a b"]`, 'sumWithout.0: must be the name of a label'],
    [`${OPENMETRICS}\nnames: { requests: "a{}", duration: b }`, 'names.requests: must be the name of a metric'],
    [`${OPENMETRICS}\nnames: { requests: a_total }`, 'names.duration: '],
  ])('cannot be %j', async (text, problem) => {
    const problems = await problemsOf(withMetrics(text));
    expect(problems[0]).toContain(`${WHERE}.${problem}`);
  });

  it.each([
    ['tenants: [tenant_acme_prod]', 'tenants: [tenant_acme_prod, tenant_acme_two]', '{tenant}', 'tenants'],
    [
      'environments: { production: prod',
      'environments: { canary: canary, production: prod',
      '{environment}',
      'environments',
    ],
  ])('of a profile with %s → %s must be told apart', async (from, to, placeholder, what) => {
    expect(EXAMPLE).toContain(from);
    const several = EXAMPLE.replace(from, to);
    const matched = (value: string) => withMetrics(`${PROMETHEUS}\nmatchers: { label: '${value}' }`, several);
    expect(await problemsOf(matched('acme'))).toEqual([
      `${WHERE}.matchers: must match ${placeholder}, because the profile lists several ${what}`,
    ]);
    await expect(read(matched(`x-${placeholder}`))).resolves.toBeDefined();
  });
});

describe('the example beside this project', () => {
  const SHIPPED = readFileSync(new URL('../golive.example.yaml', import.meta.url), 'utf8');

  it('can be read, and so can what it shows as the other way to read metrics', async () => {
    await expect(read(SHIPPED)).resolves.toBeDefined();
    const [other = ''] = /^ {4}# metrics:\n(?: {4}# {3}.*\n)+/m.exec(SHIPPED) ?? [];
    const uncommented = other.replaceAll(/^ {4}# /gm, '    ');
    expect(uncommented).toContain('kind: prometheus');
    const swapped = SHIPPED.replace(/ {4}metrics:\n(?: {6}.*\n)+/, uncommented);
    const { operator } = await read(swapped, { ...SECRETS, PROMETHEUS_TOKEN: 'prometheus-5' });
    expect(operator.profiles['acme-production']?.metrics).toMatchObject({
      kind: 'prometheus',
      instances: ['edge-1.acme.example:9100', 'edge-2.acme.example:9100'],
      matchers: { tenant: '{tenant}' },
    });
  });
});

describe('a configuration that cannot be used', () => {
  const REPLACEMENTS: readonly (readonly [from: string, to: string, problem: RegExp])[] = [
    ['rehearsal: false', 'rehearsal: perhaps', /^profiles\.acme-production\.rehearsal: /],
    ['longestLife: 600s', 'longestLife: ten minutes', /longestLife: is not a duration/],
    ['algorithms: [RS256]', 'algorithms: [HS256]', /authorityToken\.algorithms\.0: /],
    ['algorithms: [RS256]', 'algorithms: [none]', /authorityToken\.algorithms\.0: /],
    ['url: https://prometheus.acme.example', 'url: prometheus', /monitoring\.url: /],
    ['url: https://prometheus.acme.example', 'url: file:///etc/passwd', /monitoring\.url: /],
    ['tenants: [tenant_acme_prod]', 'tenants: []', /profiles\.acme-production\.tenants: /],
    ['maxAdmins: 5', 'maxAdmins: 0', /keys\.maxAdmins: /],
    ['mode: signed', 'mode: trusting', /^approvals\.mode: /],
    ['paging:', 'pagers: 1\npaging:', /^the document: unknown field "pagers"/],
    ['apiKey: { env: INTENDED_API_KEY }', 'apiKey: mrt_live_1', /^profiles\.acme-production\.intended\.apiKey: /],
    ["'golive.probe.version.{versionId}'", 'golive.probe.version', /probe\.versioned\.proposedAction: /],
  ];

  it.each(REPLACEMENTS)('because of %s → %s is told where', async (from, to, problem) => {
    expect(EXAMPLE).toContain(from);
    const problems = await problemsOf(EXAMPLE.replace(from, to));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(problem);
  });

  it('tells everything at once', async () => {
    const text = EXAMPLE.replace('rehearsal: false', 'rehearsal: 1').replace('maxAdmins: 5', 'maxAdmins: many');
    expect(await problemsOf(text, { ...SECRETS, EDGE_TOKEN: '' })).toHaveLength(3);
  });

  it.each(['', '- a\n- list', 'just words', 'approvals: [', 'a: 1\na: 2'])('is not YAML like %j', async (text) => {
    expect(await problemsOf(text)).not.toEqual([]);
  });

  it('because it is not there says what to do', () => {
    expect(() => readConfig({ GOLIVE_CONFIG: join(home, 'nowhere.yaml') })).toThrow(
      /nowhere\.yaml: cannot be read; copy golive\.example\.yaml there or set GOLIVE_CONFIG$/,
    );
  });

  it.each(['0', '65536', 'http', '80.5', '-1'])('because of the health port %s', async (port) => {
    await expect(read(EXAMPLE, { ...SECRETS, GOLIVE_HEALTH_PORT: port })).rejects.toThrow(
      'GOLIVE_HEALTH_PORT: must be a port number',
    );
  });

  it.each(['9464', 'localhost', ':9464', 'http://127.0.0.1:9464'])('because of the address %s', async (address) => {
    await expect(read(EXAMPLE, { ...SECRETS, GOLIVE_METRICS_ADDRESS: address })).rejects.toThrow(
      'GOLIVE_METRICS_ADDRESS: must be an address and a port',
    );
  });
});

describe('the environment', () => {
  it('has its say about port and log, and silence has a default', async () => {
    expect(await read(EXAMPLE)).toMatchObject({ healthPort: undefined, metricsAddress: undefined, logLevel: 'info' });
    const GOLIVE_METRICS_ADDRESS = '127.0.0.1:9464';
    const told = { ...SECRETS, GOLIVE_METRICS_ADDRESS, GOLIVE_HEALTH_PORT: '8081', GOLIVE_LOG_LEVEL: 'debug' };
    const metricsAddress = GOLIVE_METRICS_ADDRESS;
    expect(await read(EXAMPLE, told)).toMatchObject({ healthPort: 8081, metricsAddress, logLevel: 'debug' });
  });
});

describe('the key that signs evidence', () => {
  it('is read, and a key on another curve, of another kind or a public one is refused without a word of it', async () => {
    expect((await read(EXAMPLE)).operator.evidence.signingKey).toBe(SIGNING_KEY.trim());
    const pemOf = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
    const wrong = [
      pemOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey),
      pemOf(generateKeyPairSync('ed25519').privateKey),
      newSigningKey().public,
      'CANARY',
    ];
    for (const text of wrong) {
      const problems = await problemsOf(EXAMPLE.replace('{ file: keys/evidence.pem }', '{ env: SIGNING_KEY }'), {
        ...SECRETS,
        SIGNING_KEY: text,
      });
      expect(problems).toEqual([
        'evidence.signingKey: is not a private key on the curve P-256 in PEM, without a passphrase',
      ]);
    }
  });

  it('must not be open to everybody on the machine', async () => {
    await chmod(join(home, 'keys/evidence.pem'), 0o604);
    expect(await problemsOf(EXAMPLE)).toEqual([expect.stringMatching(/^evidence\.signingKey: .* chmod 600$/)]);
  });

  it('is needed as soon as one profile is not for rehearsals, and only then', async () => {
    const without = EXAMPLE.replace(/^ {2}signingKey: .*\n/m, '');
    expect(await problemsOf(without)).toEqual([
      'evidence.signingKey: must name a key that signs the evidence, because acme-production is not for rehearsals',
    ]);
    const { operator } = await read(without.replace('rehearsal: false', 'rehearsal: true'));
    expect(operator.evidence.signingKey).toBeUndefined();
  });
});

describe('an address', () => {
  it.each([
    [/baseUrl: \S+/, 'baseUrl: http://api.acme.example', 'profiles.acme-production.intended.baseUrl: must be https'],
    [/baseUrl: \S+/, 'baseUrl: https://me:pw@api.acme.example', 'must be an address without a user'],
    [/url: https:\/\/edge\S+/, 'url: http://edge.acme.example/weights,', 'traffic.url: must be https'],
  ])('%s as "%s" is refused before anything is sent there', async (text, instead, why) => {
    const changed = EXAMPLE.replace(text, instead);
    expect(changed).not.toBe(EXAMPLE);
    expect(await problemsOf(changed)).toEqual([expect.stringContaining(why)]);
  });

  it('that carries no secret may be asked without TLS, and everything on this machine', async () => {
    const local = EXAMPLE.replace(/baseUrl: \S+/, 'baseUrl: http://127.0.0.1:8080');
    expect((await read(local)).operator.profiles['acme-production']?.intended.baseUrl).toContain('127.0.0.1');
  });

  it('whose path could lead elsewhere is refused', async () => {
    const changed = EXAMPLE.replace('paths: {}', 'paths: { submitIntent: /a/../b }');
    expect(await problemsOf(changed)).toEqual([
      'profiles.acme-production.intended.paths.submitIntent: is not a plain path',
    ]);
  });
});

describe('a level of the log', () => {
  it.each(['', 'info'])('is info where it is "%s"', async (GOLIVE_LOG_LEVEL) => {
    expect((await read(EXAMPLE, { ...SECRETS, GOLIVE_LOG_LEVEL })).logLevel).toBe('info');
  });

  it('that there is not is refused, with those that there are', async () => {
    const refused = read(EXAMPLE, { ...SECRETS, GOLIVE_LOG_LEVEL: 'loud' });
    await expect(refused).rejects.toThrow('GOLIVE_LOG_LEVEL: must be one of trace, debug, info');
  });
});

describe('a bucket for the evidence', () => {
  const IN_A_BUCKET = EXAMPLE.replace(/^ {2}store: .*\n/m, '').replace(
    /^ {2}# (store: \{ kind: s3[^}]*\n) {2}# ([^\n]*\n)/m,
    '  $1  $2',
  );
  const KEYS = { ...SECRETS, S3_KEY: 'AKIACANARY', S3_SECRET: 'CANARY-5' };

  it('is read as the contract shows it', async () => {
    expect((await read(IN_A_BUCKET, KEYS)).operator.evidence.store).toEqual({
      kind: 's3',
      endpoint: 'https://s3.acme.example',
      region: 'eu-central-1',
      bucket: 'golive',
      prefix: 'evidence/',
      accessKeyId: 'AKIACANARY',
      secretAccessKey: 'CANARY-5',
      objectLock: { mode: 'COMPLIANCE', days: 400 },
    });
  });

  it.each([
    ['mode: COMPLIANCE', 'mode: SOFT', 'evidence.store.objectLock'],
    [/, objectLock: \{[^}]*\}/, '', 'evidence.store.objectLock'],
    ['prefix: evidence/', 'prefix: ../', 'evidence.store.prefix'],
    ['prefix: evidence/', 'prefix: evidence', 'evidence.store.prefix'],
    ['bucket: golive', 'bucket: go/live', 'evidence.store.bucket'],
    ['endpoint: https://s3.acme.example', 'endpoint: s3.acme.example', 'evidence.store.endpoint'],
  ])('with %s as %s is refused', async (text, instead, where) => {
    const changed = IN_A_BUCKET.replace(text, instead);
    expect(changed).not.toBe(IN_A_BUCKET);
    expect(await problemsOf(changed, KEYS)).toEqual([expect.stringContaining(where)]);
  });

  it('names its keys when they are missing', async () => {
    expect(await problemsOf(IN_A_BUCKET)).toEqual([
      'evidence.store.accessKeyId: S3_KEY is not set',
      'evidence.store.secretAccessKey: S3_SECRET is not set',
    ]);
  });
});
