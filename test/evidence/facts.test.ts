import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, digestOfBytes } from '../../src/evidence/digest.ts';
import { keepFacts } from '../../src/evidence/facts.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { appendEntries } from '../../src/evidence/journal.ts';
import { redacted } from '../../src/evidence/redact.ts';
import { emptyDirectory, problemOf, RUN } from './places.ts';

const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJiZW5AYWNtZS5leGFtcGxlIn0.c2lnbmF0dXJl';
const PEM = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----';

describe('redaction', () => {
  test.each([
    'token',
    'accessToken',
    'authorityDecisionToken',
    'client_secret',
    'Authorization',
    'x-api-key',
    'apiKey',
    'password',
    'Set-Cookie',
    'private_key',
  ])('takes the words, lists and objects under %s', (name) => {
    const facts = { [name]: 'CANARY', deep: [{ [name]: ['CANARY'] }], deeper: { [name]: { value: 'CANARY' } } };
    expect(JSON.stringify(redacted(facts))).not.toContain('CANARY');
  });

  test.each([
    ['a signed token', JWT],
    ['a signed token in a sentence', `the platform said ${JWT}.`],
    ['an encrypted token', 'eyJhbGciOiJkaXIifQ..iv.CANARY.tag'],
    ['a private key', PEM],
    ['a header', 'Bearer CANARY-0123456789'],
    ['a key of the platform', 'mrt_live_9f3aCANARY0123456789'],
    ['an address with a password', 'https://ana:CANARY@acme.example/x'],
  ])('takes %s wherever it stands, also as the name of a member', (_, secret) => {
    expect(redacted({ note: [secret] })).toEqual({ note: ['[redacted]'] });
    expect(redacted({ [secret]: 'CANARY' })).toEqual({ '[redacted]': '[redacted]' });
  });

  test('leaves what is a fact: numbers, truth values, digests, the prefix of a key, words about tokens', () => {
    const facts = {
      tokenSigningMs: 12,
      tokenRevoked: true,
      tokenDigest: digestOf({}),
      tokenExpiry: null,
      prefix: 'mrt_live_9f3a',
      step: 'token-signing',
      link: 'https://wiki.acme.example:8443/a@b',
    };
    expect(redacted(facts)).toEqual(facts);
  });

  test('changes nothing a second time', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = redacted(value);
        expect(redacted(once)).toEqual(once);
      }),
    );
  });

  test('loses no member, whatever its name', () => {
    const facts: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":2}');
    expect(JSON.stringify(redacted(facts))).toBe('{"__proto__":{"a":1},"constructor":2}');
  });
});

describe('facts', () => {
  test('lie under the digest that is answered, as canonical JSON', async () => {
    const directory = emptyDirectory();
    const digest = await keepFacts(openFileStore(directory), RUN, { healthy: 5, of: 5 });
    const bytes = readFileSync(join(directory, RUN, 'facts', `${digest.slice(7)}.json`));
    expect(bytes.toString()).toBe('{"healthy":5,"of":5}');
    expect(digestOfBytes(bytes)).toBe(digest);
  });

  test('are kept once, also when kept again in another order of members', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    expect(await keepFacts(store, RUN, { a: 1, b: 2 })).toBe(await keepFacts(store, RUN, { b: 2, a: 1 }));
    expect(readdirSync(join(directory, RUN, 'facts'))).toHaveLength(1);
  });

  test('and journal entries never reach the disk with a secret, and the digest is that of the redacted text', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    const digest = await keepFacts(store, RUN, { answer: { token: 'CANARY' }, seen: JWT });
    expect(digest).toBe(digestOf({ answer: { token: '[redacted]' }, seen: '[redacted]' }));
    await appendEntries(store, RUN, [
      { sequence: 1, at: '2026-11-22T10:00:00Z', kind: 'seen', apiKey: 'CANARY', why: JWT },
    ]);
    for (const { path } of await store.list('tenant_acme_prod')) {
      expect(Buffer.from(await store.read(path)).toString()).not.toMatch(/CANARY|eyJ/);
    }
  });

  test('that are no JSON are refused and nothing is stored', async () => {
    const store = openFileStore(emptyDirectory());
    expect(await problemOf(() => keepFacts(store, RUN, { seen: undefined }))).toBe('unusable');
    expect(await store.list(RUN)).toEqual([]);
  });
});
