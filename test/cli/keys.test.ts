import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readKeySet } from '../../src/approvals/key-set.ts';
import { signDecision } from '../../src/approvals/sign.ts';
import { verifyDecision } from '../../src/approvals/verify.ts';
import { readSigningKey } from '../../src/cli/keys/key-file.ts';
import { newEvidenceKey, type NewEvidenceKeyOptions } from '../../src/cli/keys/new-evidence-key.ts';
import { newKey, type NewKeyOptions } from '../../src/cli/keys/new-key.ts';
import { openSigner } from '../../src/evidence/dsse.ts';
import { fileOf, folder } from './files.ts';

const ISSUER = 'https://login.acme.example';
const NOW = Date.parse('2026-11-22T10:00:00Z');

async function made(options: Partial<NewKeyOptions> = {}) {
  const directory = folder();
  const wish = {
    for: 'ben@acme.example',
    issuer: ISSUER,
    group: [],
    algorithm: 'EdDSA',
    out: join(directory, 'ben.key.json'),
  };
  const out = new PassThrough();
  const told = { ...wish, ...options } as NewKeyOptions;
  await newKey(told, { out });
  return { file: told.out, directory, printed: String(out.read()) };
}

const DRAFT = {
  tenant: 'tenant_acme_prod',
  environment: 'production',
  golive: 'golive/tenant_acme_prod/production',
  plan: `sha256:${'5'.repeat(64)}`,
  decision: { kind: 'approve', gate: 'begin-traffic', nonce: 'b1c6' },
};

async function decisionBy(file: string, set: string, claims: object = {}) {
  const { jwk, owner, issuer, groups } = await readSigningKey(file);
  const token = await signDecision({ ...DRAFT, issuer, by: owner, groups, ...claims }, jwk, NOW);
  const keys = readKeySet(JSON.parse(readFileSync(set, 'utf8')));
  const context = { audience: 'golive:production:tenant_acme_prod', golive: DRAFT.golive, receivedAt: NOW };
  return verifyDecision(token, [{ issuer: ISSUER, algorithms: ['EdDSA', 'ES256'], keys }], context);
}

describe('A new key', () => {
  it.each(['EdDSA', 'ES256'] as const)('signs what its public half verifies: %s', async (algorithm) => {
    const set = join(folder(), 'approvers.jwks.json');
    const { file } = await made({ algorithm, group: ['platform-oncall'], public: set });
    expect(await decisionBy(file, set)).toMatchObject({
      ok: true,
      decision: { by: 'ben@acme.example', groups: ['platform-oncall'], kind: 'approve', plan: DRAFT.plan },
    });
  });

  it('is for its owner alone: nobody else can read the file', async () => {
    const { file } = await made();
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('shows nothing of its private half', async () => {
    const { file, printed } = await made();
    const { d } = JSON.parse(readFileSync(file, 'utf8')) as { d: string };
    expect(d.length).toBeGreaterThan(20);
    expect(printed).not.toContain(d);
    expect(printed).toContain('"kid"');
  });

  it('is never written over another one, and adds nothing to the set then', async () => {
    const { file, directory } = await made();
    const before = readFileSync(file, 'utf8');
    const set = join(directory, 'approvers.jwks.json');
    await expect(made({ out: file, public: set })).rejects.toMatchObject({ exitCode: 3 });
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(() => readFileSync(set)).toThrow('ENOENT');
  });

  it('is added to the keys that are there', async () => {
    const set = join(folder(), 'approvers.jwks.json');
    const people = ['ben@acme.example', 'chi@acme.example', 'dee@acme.example'];
    for (const person of people) await made({ for: person, public: set });
    const keys = readKeySet(JSON.parse(readFileSync(set, 'utf8')))?.keys ?? [];
    expect(keys.map(({ owner }) => owner)).toEqual(people);
    expect(JSON.stringify(keys)).not.toContain('"d"');
  });

  it.each([
    ['no list of keys', '{"keys":{}}'],
    ['a private key', JSON.stringify({ keys: [{ kty: 'OKP', kid: 'a', d: 'secret' }] })],
    ['no JSON', 'keys'],
    ['something else', '{}'],
  ])('is not made for a set that holds %s', async (_what, content) => {
    const set = fileOf('approvers.jwks.json', content);
    const out = join(folder(), 'ben.key.json');
    await expect(made({ out, public: set })).rejects.toMatchObject({ exitCode: 3 });
    expect(readFileSync(set, 'utf8')).toBe(content);
    expect(() => readFileSync(out)).toThrow('ENOENT');
  });
});

describe('A new key and the set it belongs to', () => {
  it('begin with a set that is empty, or not there', async () => {
    const empty = fileOf('approvers.jwks.json', '{"keys":[]}');
    await made({ public: empty });
    expect(readKeySet(JSON.parse(readFileSync(empty, 'utf8')))?.keys).toHaveLength(1);
  });

  it.each([
    ['that cannot be read', () => folder(), 'it is a directory'],
    ['in a folder that is not there', () => join(folder(), 'nodir', 'set.json'), 'make the folder'],
  ])('are not made for a set %s, and leave nothing behind', async (_which, place, why) => {
    const directory = folder();
    const out = join(directory, 'ben.key.json');
    const set = place();
    await expect(made({ out, public: set })).rejects.toMatchObject({
      name: 'CommandFailed',
      message: expect.stringMatching(new RegExp(`^${set} cannot be .*${why}`)),
    });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('leave nothing beside the set when the key cannot be written', async () => {
    const set = fileOf('approvers.jwks.json', '{"keys":[]}');
    await expect(made({ out: join(folder(), 'nodir', 'k'), public: set })).rejects.toMatchObject({
      message: expect.stringContaining('make the folder'),
    });
    expect(readdirSync(dirname(set))).toEqual(['approvers.jwks.json']);
    expect(readFileSync(set, 'utf8')).toBe('{"keys":[]}');
  });

  it.each([
    [{ for: ' ' }, '--for'],
    [{ issuer: '' }, '--issuer'],
    [{ group: ['platform-oncall', ''] }, '--group'],
  ])('need names that are not blank: %j', async (options, option) => {
    const out = join(folder(), 'ben.key.json');
    const refusal = { exitCode: 2, message: expect.stringContaining(`${option} is blank`) };
    await expect(made({ out, ...options })).rejects.toMatchObject(refusal);
    expect(existsSync(out)).toBe(false);
  });

  it('are not one file', async () => {
    const directory = folder();
    const out = join(directory, 'ben.key.json');
    const same = `${directory}/../${basename(directory)}/ben.key.json`;
    await expect(made({ out, public: same })).rejects.toMatchObject({ exitCode: 2 });
    expect(readdirSync(directory)).toEqual([]);
  });

  it('are not made when nobody could read the set with it', async () => {
    const set = fileOf('approvers.jwks.json', '{"keys":[]}');
    await expect(made({ for: 'b'.repeat(201), public: set })).rejects.toMatchObject({ exitCode: 3 });
    expect(readFileSync(set, 'utf8')).toBe('{"keys":[]}');
  });
});

describe('A key of one person', () => {
  it('does not speak for another one, whatever its file is made to say', async () => {
    const set = join(folder(), 'approvers.jwks.json');
    const { file } = await made({ public: set });
    expect(await decisionBy(file, set, { by: 'chi@acme.example' })).toEqual({
      ok: false,
      problem: { code: 'foreign-key', claim: 'sub' },
    });
  });

  it('does not put its owner into a group', async () => {
    const set = join(folder(), 'approvers.jwks.json');
    const { file } = await made({ public: set });
    expect(await decisionBy(file, set, { groups: ['platform-oncall'] })).toEqual({
      ok: false,
      problem: { code: 'foreign-key', claim: 'groups' },
    });
  });
});

describe('A key file', () => {
  it.each([
    ['is no JSON', 'a-secret-in-the-wrong-place'],
    ['holds a public key', JSON.stringify({ kty: 'OKP', kid: 'a', alg: 'EdDSA', x: 'a-secret-in-the-wrong-place' })],
    [
      'does not say whose it is',
      JSON.stringify({ kty: 'OKP', kid: 'a', alg: 'EdDSA', d: 'a-secret-in-the-wrong-place' }),
    ],
  ])('that %s is refused without a word of it', async (_what, content) => {
    const refusal = await readSigningKey(fileOf('ben.key.json', content)).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ exitCode: 2 });
    expect(String(refusal)).not.toContain('a-secret-in-the-wrong-place');
  });
});

describe('A new key for evidence', () => {
  async function made(options: Partial<NewEvidenceKeyOptions> = {}) {
    const file = join(folder(), 'evidence.pem');
    const out = new PassThrough();
    await newEvidenceKey({ out: file, ...options }, { out });
    return { file, public: file.replace('.pem', '.pub'), printed: String(out.read()) };
  }

  it('signs what openssl verifies with its public half', async () => {
    const key = await made();
    const signed = join(folder(), 'signed');
    writeFileSync(signed, 'what was signed');
    writeFileSync(`${signed}.sig`, openSigner(readFileSync(key.file, 'utf8')).sign(Buffer.from('what was signed')));
    const said = execFileSync('openssl', [
      'dgst',
      '-sha256',
      '-verify',
      key.public,
      '-signature',
      `${signed}.sig`,
      signed,
    ]);
    expect(said.toString()).toBe('Verified OK\n');
  });

  it('is for its owner alone, prints its fingerprint and nothing of the private half', async () => {
    const key = await made();
    const pem = readFileSync(key.file, 'utf8');
    expect(statSync(key.file).mode & 0o777).toBe(0o600);
    expect(key.printed).toContain(openSigner(pem).keyId);
    for (const line of pem.split('\n').slice(1, -2)) expect(key.printed).not.toContain(line);
  });

  it('is written over neither another private nor another public one', async () => {
    const key = await made();
    const before = [readFileSync(key.file, 'utf8'), readFileSync(key.public, 'utf8')];
    await expect(made({ out: key.file })).rejects.toMatchObject({ exitCode: 3 });
    await expect(made({ out: `${key.file}.2`, public: key.public })).rejects.toMatchObject({ exitCode: 3 });
    expect([readFileSync(key.file, 'utf8'), readFileSync(key.public, 'utf8')]).toEqual(before);
  });

  it('says which folder is missing, and leaves no half of it behind', async () => {
    const directory = folder();
    const out = join(directory, 'keys', 'evidence.pem');
    const refusal = { message: expect.stringContaining(`make the folder ${dirname(out)} first`) };
    await expect(made({ out })).rejects.toMatchObject(refusal);
    await expect(made({ out, public: join(directory, 'evidence.pub') })).rejects.toMatchObject(refusal);
    expect(readdirSync(directory)).toEqual([]);
  });

  it.each([[{ issuer: ISSUER }], [{ group: ['security'] }]])('belongs to nobody: %j is refused', async (options) => {
    await expect(made(options)).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining('leave out') });
  });

  it('has its halves in two files', async () => {
    const out = join(folder(), 'evidence.pem');
    await expect(made({ out, public: out })).rejects.toMatchObject({ exitCode: 2 });
    expect(existsSync(out)).toBe(false);
  });
});
