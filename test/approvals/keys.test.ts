import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:https';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { openIssuers } from '../../src/approvals/issuers.ts';
import { openKeySource, type KeyLocation } from '../../src/approvals/key-source.ts';
import { readKeySet } from '../../src/approvals/key-set.ts';
import { certify } from '../intended/certificates.ts';
import { listen } from '../intended/platform.ts';
import { serve } from '../support/local-server.ts';
import { BEN_KEY, CLAIMS, CONTEXT, decisionToken, NOW, published, RSA_KEY } from './signed.ts';

const MINUTE = 60_000;
const SET = JSON.stringify({ keys: [published(BEN_KEY, 'ben-1')] });

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'golive-keys-'));
  file = join(home, 'keys.json');
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe('a key set', () => {
  const { n, e } = RSA_KEY.publicKey.export({ format: 'jwk' });
  it.each([
    ['empty', { keys: [] }],
    ['a private key', { keys: [{ ...BEN_KEY.privateKey.export({ format: 'jwk' }), kid: 'ben-1' }] }],
    ['a symmetric key', { keys: [{ kty: 'oct', k: 'AAAA', kid: 'secret' }] }],
    ['a key without a name', { keys: [BEN_KEY.publicKey.export({ format: 'jwk' })] }],
    ['a key for encryption', { keys: [published(BEN_KEY, 'ben-1', { use: 'enc' })] }],
    ['an RSA key', { keys: [{ kty: 'RSA', n, e, kid: 'rsa' }] }],
    ['no list', { keys: 'none' }],
    ['nothing', null],
  ])('is none with %s', (_what, value) => {
    expect(readKeySet(value)).toBeUndefined();
  });
});

describe('keys in a file', () => {
  let now = NOW;
  const open = (location: KeyLocation = { file }) =>
    openKeySource(location, { fresh: 0, stale: 10 * MINUTE, now: () => now });
  beforeEach(() => {
    now = NOW;
  });

  it('are read anew each time', async () => {
    const source = open();
    await writeFile(file, SET);
    expect((await source.keys())?.set.keys).toHaveLength(1);
    await writeFile(file, JSON.stringify({ keys: [published(BEN_KEY, 'ben-1'), published(BEN_KEY, 'ben-2')] }));
    now += 1;
    expect((await source.keys())?.set.keys).toHaveLength(2);
  });

  it.each([
    ['gone', () => rm(file)],
    ['cut off', () => writeFile(file, SET.slice(0, 40))],
    ['empty', () => writeFile(file, '')],
    ['without a key', () => writeFile(file, '{"keys":[]}')],
    ['with a name twice', () => writeFile(file, SET.replace('"kty"', '"kid":"eve","kty"'))],
  ])('are used as they were last good for as long as that is allowed when the file is %s', async (_how, spoil) => {
    const source = open();
    await writeFile(file, SET);
    await source.keys();
    await spoil();
    now += 10 * MINUTE;
    expect((await source.keys())?.set.keys).toHaveLength(1);
    now += 1;
    expect(await source.keys()).toBeUndefined();
  });

  it('that were never there are none', async () => {
    expect(await open().keys()).toBeUndefined();
  });
});

describe('keys at an address', () => {
  it('are asked for once a minute, and at once for a key that is not known', async () => {
    let asked = 0;
    let answer = SET;
    const url = await serve((_request, response) => {
      asked += 1;
      response.setHeader('content-type', 'application/json').end(answer);
    });
    let now = NOW;
    const source = openKeySource({ url }, { fresh: MINUTE, stale: 10 * MINUTE, now: () => now });
    await source.keys();
    await source.keys();
    expect(asked).toBe(1);
    answer = JSON.stringify({ keys: [published(BEN_KEY, 'ben-2')] });
    now += 31_000;
    expect((await source.keys({ fresh: true }))?.set.keys[0]?.kid).toBe('ben-2');
    await source.keys({ fresh: true });
    expect(asked).toBe(2);
  });

  it('are read anew once they may not be relied on, also where they would count as fresh for longer', async () => {
    let now = NOW;
    const source = openKeySource({ file }, { fresh: 15 * MINUTE, stale: MINUTE, now: () => now });
    await writeFile(file, SET);
    await source.keys();
    now += 2 * MINUTE;
    expect((await source.keys())?.set.keys).toHaveLength(1);
  });

  it('are read anew when the clock was set back: nobody knows how old they are', async () => {
    let now = NOW;
    const source = openKeySource({ file }, { fresh: MINUTE, stale: 10 * MINUTE, now: () => now });
    await writeFile(file, SET);
    await source.keys();
    await writeFile(file, JSON.stringify({ keys: [published(BEN_KEY, 'ben-2')] }));
    now -= 5 * MINUTE;
    expect((await source.keys())?.set.keys[0]?.kid).toBe('ben-2');
  });

  it('are read once for all who ask meanwhile, and everybody gets what was read', async () => {
    const asked: (() => void)[] = [];
    const url = await serve((_request, response) => void asked.push(() => response.end(SET)));
    const source = openKeySource({ url }, { fresh: MINUTE, stale: 10 * MINUTE });
    const answers = [source.keys(), source.keys({ fresh: true })];
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    for (const answer of asked) answer();
    expect((await Promise.all(answers)).map((keys) => keys?.set.keys.length)).toEqual([1, 1]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['a redirect', 302, SET],
    ['a refusal', 403, SET],
    ['an error', 500, SET],
    ['a page', 200, '<html></html>'],
    ['more than 256 kB', 200, JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) })],
  ])('are none after %s', async (_what, status, body) => {
    const url = await serve((_request, response) => {
      response.writeHead(status, { location: '/elsewhere', 'content-type': 'application/json' }).end(body);
    });
    expect(await openKeySource({ url }, { fresh: 0, stale: MINUTE }).keys()).toBeUndefined();
  });

  it('are none from an impostor, also where the environment turns verification off', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { certificate, key } = certify({ commonName: 'keys', address: [127, 0, 0, 1] });
    let reached = 0;
    const server = createServer({ cert: certificate, key }, (_request, response) => {
      reached += 1;
      response.end(SET);
    });
    server.on('tlsClientError', () => undefined);
    const url = await listen(server, 'https');
    expect(await openKeySource({ url }, { fresh: 0, stale: MINUTE }).keys()).toBeUndefined();
    expect(reached).toBe(0);
  });
});

describe('issuers', () => {
  const open = () => {
    const keys = { file, fresh: 0, stale: MINUTE };
    return openIssuers([{ issuer: CLAIMS.iss, algorithms: ['EdDSA'], keys }]);
  };

  it('answer with the keys that a decision was held against, byte for byte', async () => {
    await writeFile(file, SET);
    const { reading, keys } = await open().verify(decisionToken(), CONTEXT);
    expect(reading.ok).toBe(true);
    expect(Buffer.from(keys?.bytes ?? []).toString()).toBe(SET);
  });

  it('refuse somebody whose key was taken out of the set', async () => {
    await writeFile(file, SET);
    const issuers = open();
    expect((await issuers.verify(decisionToken(), CONTEXT)).reading.ok).toBe(true);
    await writeFile(file, JSON.stringify({ keys: [published(BEN_KEY, 'somebody-else')] }));
    expect((await issuers.verify(decisionToken(), CONTEXT)).reading).toMatchObject({
      problem: { code: 'unknown-key' },
    });
  });
});
