import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFileStore } from '../../src/evidence/file-store.ts';
import type { EvidenceStore } from '../../src/evidence/store.ts';
import { claimNumber, decodeClaim, recordSeal } from '../../src/evidence/succession.ts';
import { emptyDirectory, problemOf } from './places.ts';

const PLACE = { tenant: 'tenant_acme_prod', environment: 'production' };
const GOLIVE = 'golive/tenant_acme_prod/production';
const folderOf = (run: number) => `tenant_acme_prod/production/release-${run}`;
const manifest = `sha256:${'a'.repeat(64)}` as const;

const claim = (store: EvidenceStore, run: number, place = PLACE) => claimNumber(store, place, GOLIVE, folderOf(run));
const seal = (store: EvidenceStore, number: number) =>
  recordSeal(store, PLACE, {
    number,
    folder: folderOf(number),
    manifest,
    envelope: null,
    protection: { kind: 'create-only' },
  });

describe('the bundles of a tenant and environment', () => {
  test('are numbered from 1, and each names the one before and its manifest', async () => {
    const store = openFileStore(emptyDirectory());
    expect(await claim(store, 1)).toEqual({ number: 1, golive: GOLIVE, folder: folderOf(1), previous: null });
    await seal(store, 1);
    expect(await claim(store, 2)).toMatchObject({ number: 2, previous: { number: 1, folder: folderOf(1), manifest } });
    expect(decodeClaim(await store.read(`${folderOf(2)}/previous.json`))).toEqual(await claim(store, 2));
  });

  test('keep their number however often it is claimed, also when others came after', async () => {
    const store = openFileStore(emptyDirectory());
    const first = await claim(store, 1);
    await claim(store, 2);
    await seal(store, 1);
    await claim(store, 3);
    expect(await claim(store, 1)).toEqual(first);
    expect(await store.list('tenant_acme_prod/production/bundles')).toHaveLength(4);
  });

  test('say so when the one before was not sealed by then', async () => {
    const store = openFileStore(emptyDirectory());
    await claim(store, 1);
    expect((await claim(store, 2)).previous).toEqual({ number: 1, folder: folderOf(1), manifest: null });
  });

  test('of another environment are counted by themselves', async () => {
    const store = openFileStore(emptyDirectory());
    await claim(store, 1);
    expect((await claim(store, 2, { ...PLACE, environment: 'canary' })).number).toBe(1);
  });

  test('that are claimed at once get different numbers without a gap, each naming the one below', async () => {
    const directory = emptyDirectory();
    const runs = Array.from({ length: 12 }, (_, index) => index + 1);
    const claims = await Promise.all(runs.map((run) => claim(openFileStore(directory), run)));
    expect(claims.map(({ number }) => number).sort((one, other) => one - other)).toEqual(runs);
    for (const { number, previous } of claims) expect(previous?.number ?? 0).toBe(number - 1);
  });

  test('whose writer died between the claim and its copy in the bundle are finished by repeating it', async () => {
    const store = openFileStore(emptyDirectory());
    const dying: EvidenceStore = {
      ...store,
      list: (folder) => store.list(folder),
      read: (path) => store.read(path),
      exists: (path) => store.exists(path),
      put: (path, bytes) =>
        path.endsWith('/previous.json') ? Promise.reject(new Error('died')) : store.put(path, bytes),
    };
    await expect(claim(dying, 1)).rejects.toThrow('died');
    await claim(store, 2);
    expect((await claim(store, 1)).number).toBe(1);
    expect(await store.exists(`${folderOf(1)}/previous.json`)).toBe(true);
  });

  test('cannot be counted on when a claim was changed or moved', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    await claim(store, 1);
    const file = join(directory, 'tenant_acme_prod/production/bundles/1.json');
    const good = readFileSync(file, 'utf8');
    for (const bad of ['', `${good} `, good.replace('"number":1', '"number":2')]) {
      writeFileSync(file, bad);
      expect(await problemOf(() => claim(store, 2))).toBe('broken');
    }
  });
});
