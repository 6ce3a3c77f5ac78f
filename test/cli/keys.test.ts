import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
});
