import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sealBundle, type SealInput } from '../../src/evidence/bundle.ts';
import { canonicalJson, digestOf, digestOfBytes } from '../../src/evidence/digest.ts';
import { decodeEnvelope, newSigningKey, openSigner } from '../../src/evidence/dsse.ts';
import { keepFacts } from '../../src/evidence/facts.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import type { BundleFiles } from '../../src/evidence/inspect.ts';
import { appendEntries } from '../../src/evidence/journal.ts';
import { encodeManifest, type Manifest } from '../../src/evidence/manifest.ts';
import { decodeSoftware } from '../../src/evidence/software.ts';
import { decodeStatement, PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE } from '../../src/evidence/statement.ts';
import type { EvidenceStore } from '../../src/evidence/store.ts';
import { inspected } from '../support/inspected.ts';
import { sealTools } from '../support/sealing.ts';
import { entriesFrom } from './entries.ts';
import { emptyDirectory, problemOf, RUN } from './places.ts';

const plan = { apiVersion: 'golive/v1', limits: { tokenSigningMs: 150 }, summary: 'Payments agents' };
const input: SealInput = {
  golive: 'golive/tenant_acme_prod/production',
  at: '2026-11-23T15:00:00Z',
  outcome: 'live',
  rehearsal: false,
  plan,
  tenant: 'tenant_acme_prod',
  environment: 'production',
  progress: { version: 1, plan: digestOf(plan), state: 'live' },
  policies: [{ pack: 'payments-guardrails', version: 'pv_42', content: digestOf('payments') }],
};
const tools = sealTools();

async function recorded(store: EvidenceStore): Promise<void> {
  await keepFacts(store, RUN, { services: 5, healthy: 5 });
  await keepFacts(store, RUN, { verified: true });
  await store.put(`${RUN}/metrics/steady-state.json`, Buffer.from('[]'));
  await appendEntries(store, RUN, entriesFrom(1, 3));
}

async function unsealed() {
  const directory = emptyDirectory();
  const store = openFileStore(directory);
  await recorded(store);
  return { store, folder: join(directory, RUN) };
}

async function sealed() {
  const { store, folder } = await unsealed();
  return { store, folder, bundle: await sealBundle(store, RUN, input, tools) };
}

const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Manifest;

/** The files of a bundle that verification names. */
async function namedBy(folder: string): Promise<readonly string[]> {
  const verdict = await inspected(folder);
  return verdict.ok ? [] : verdict.problems.map(({ path }) => path);
}

describe('sealing', () => {
  test('lists every file of the run but the manifest, with size, digest, media type and role', async () => {
    const { bundle, folder } = await sealed();
    const manifest = manifestIn(folder);
    expect(manifest).toMatchObject({
      format: 'golive-evidence/v1',
      golive: input.golive,
      outcome: 'live',
      rehearsal: false,
    });
    expect(manifest.files.map(({ path, role }) => [path.replace(/[0-9a-f]{64}/, '…'), role])).toEqual([
      ['facts/….json', 'facts'],
      ['facts/….json', 'facts'],
      ['journal.jsonl', 'journal'],
      ['metrics/steady-state.json', 'metrics'],
      ['plan.json', 'plan'],
      ['previous.json', 'previous'],
      ['progress.json', 'progress'],
      ['software/identity.json', 'software'],
    ]);
    expect(bundle).toEqual({
      path: RUN,
      manifest: digestOf(manifest),
      files: 8,
      number: 1,
      protection: { kind: 'create-only' },
    });
    expect(readFileSync(join(folder, 'plan.json'), 'utf8')).toBe(canonicalJson(plan));
  });

  test('makes a bundle that verifies, and says what was proven', async () => {
    const { bundle, folder } = await sealed();
    expect(await inspected(folder, bundle.manifest)).toMatchObject({
      ok: true,
      golive: input.golive,
      outcome: 'live',
      rehearsal: false,
      manifest: bundle.manifest,
      files: 8,
      journal: { sequence: 4 },
    });
  });

  test('makes a bundle that sha256sum checks without us', async () => {
    const { folder } = await sealed();
    const sums = manifestIn(folder).files.map(({ path, sha256 }) => `${sha256}  ${path}\n`);
    const said = execFileSync('sha256sum', ['-c'], { cwd: folder, input: sums.join('') }).toString();
    expect(said.match(/: OK$/gm)).toHaveLength(8);
  });

  test('twice with the same input answers the same and changes nothing', async () => {
    const { store, bundle, folder } = await sealed();
    const before = readFileSync(join(folder, 'manifest.json'), 'utf8');
    expect(await sealBundle(store, RUN, input, tools)).toEqual(bundle);
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe(before);
  });

  test.each<[string, Partial<SealInput>]>([
    ['outcome', { outcome: 'rolled-back' }],
    ['time', { at: '2026-11-23T15:00:01Z' }],
    ['progress', { progress: { version: 1, plan: digestOf(plan), state: 'held' } }],
  ])('again with another %s is refused, and the bundle stays good', async (_, change) => {
    const { store, bundle, folder } = await sealed();
    expect(await problemOf(() => sealBundle(store, RUN, { ...input, ...change }, tools))).toBe('sealed');
    expect(await inspected(folder, bundle.manifest)).toMatchObject({ ok: true });
  });

  test('closes the run: neither entries nor facts can be added, those that are there can be repeated', async () => {
    const { store, bundle, folder } = await sealed();
    expect(await problemOf(() => appendEntries(store, RUN, entriesFrom(5, 5)))).toBe('sealed');
    expect(await problemOf(() => keepFacts(store, RUN, { late: true }))).toBe('sealed');
    await appendEntries(store, RUN, entriesFrom(1, 3));
    await keepFacts(store, RUN, { verified: true });
    expect(await inspected(folder, bundle.manifest)).toMatchObject({ ok: true });
  });

  test('closes the run before it looks at the files: what comes while it is at it would spoil the bundle', async () => {
    const { store, folder } = await unsealed();
    const late: unknown[] = [];
    const companionsOf = async () => {
      late.push(await problemOf(() => keepFacts(store, RUN, { late: true })));
      return [];
    };
    await sealBundle(store, RUN, input, { ...tools, companionsOf });
    expect(late).toEqual(['sealed']);
    expect(await inspected(folder)).toMatchObject({ ok: true });
  });

  test('is refused when a file came into the folder since, and names it', async () => {
    const { store } = await sealed();
    await store.put(`${RUN}/metrics/late.json`, Buffer.from('[]'));
    await expect(sealBundle(store, RUN, input, tools)).rejects.toMatchObject({
      kind: 'sealed',
      message: expect.stringContaining('metrics/late.json'),
    });
  });

  test('is refused without a journal, with a broken one, and for a plan that is not the one of the progress', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    expect(await problemOf(() => sealBundle(store, RUN, input, tools))).toBe('missing');
    await recorded(store);
    expect(await problemOf(() => sealBundle(store, RUN, { ...input, plan: {} }, tools))).toBe('unusable');
    const journal = join(directory, RUN, 'journal.jsonl');
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('decided', 'dreamed'));
    expect(await problemOf(() => sealBundle(store, RUN, input, tools))).toBe('broken');
    expect(await store.exists(`${RUN}/manifest.json`)).toBe(false);
  });

  test('that died half-way, at any of its writes, is finished by repeating it', async () => {
    const { bundle } = await sealed();
    for (let failing = 1; failing <= 9; failing += 1) {
      const store = openFileStore(emptyDirectory());
      await recorded(store);
      await expect(sealBundle(dyingAt(failing, store), RUN, input, tools)).rejects.toThrow('died');
      expect(await sealBundle(store, RUN, input, tools)).toEqual(bundle);
    }
  });

  test('answers only when what it reads back is what it wrote', async () => {
    const store = openFileStore(emptyDirectory());
    await recorded(store);
    expect(await problemOf(() => sealBundle(forgetful(store), RUN, input, tools))).toBe('broken');
  });

  test('keeps secrets out of the progress', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    await recorded(store);
    const progress = { plan: digestOf(plan), messages: [{ why: 'Bearer CANARY0123456789' }] };
    await sealBundle(store, RUN, { ...input, progress }, tools);
    for (const { path } of await store.list(RUN))
      expect(Buffer.from(await store.read(path)).toString()).not.toContain('CANARY');
    expect(await inspected(join(directory, RUN))).toMatchObject({ ok: true });
  });
});

describe('a signed bundle', () => {
  const publicFile = (directory: string) => {
    const file = join(directory, 'service.pub');
    writeFileSync(file, newKey.public);
    return file;
  };
  const newKey = newSigningKey();
  const signed = sealTools({ signer: openSigner(newKey.private) });

  async function signedBundle() {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    await recorded(store);
    const bundle = await sealBundle(store, RUN, input, signed);
    return { store, bundle, folder: join(directory, RUN), key: publicFile(directory) };
  }

  /** The lines with which anybody verifies a bundle who has neither golive nor Node. */
  const BY_HAND = `set -e
    jq -r .payload manifest.dsse.json | base64 -d > ../st.json
    t=$(jq -r .payloadType manifest.dsse.json)
    { printf 'DSSEv1 %d %s %d ' "\${#t}" "$t" "$(wc -c < ../st.json)"; cat ../st.json; } > ../pae.bin
    jq -r '.signatures[0].sig' manifest.dsse.json | base64 -d > ../s0.sig
    openssl dgst -sha256 -verify "$1" -signature ../s0.sig ../pae.bin
    jq -r '.subject[]|select(.name=="manifest.json").digest.sha256+"  manifest.json"' ../st.json | sha256sum -c
    jq -r '.files[]|.sha256+"  "+.path' manifest.json | sha256sum -c --quiet`;

  const byHand = (folder: string, key: string) =>
    execFileSync('sh', ['-c', BY_HAND, 'sh', key], { cwd: folder, stdio: 'pipe' }).toString();

  test('is verified by openssl, jq and sha256sum alone, and no more once any of its files has a byte more', async () => {
    const { folder, key } = await signedBundle();
    expect(byHand(folder, key)).toBe('Verified OK\nmanifest.json: OK\n');
    for (const path of ['manifest.json', 'journal.jsonl', 'previous.json']) {
      const good = readFileSync(join(folder, path));
      writeFileSync(join(folder, path), Buffer.concat([good, Buffer.from(' ')]));
      expect(() => byHand(folder, key)).toThrow('Command failed');
      writeFileSync(join(folder, path), good);
    }
    writeFileSync(key, newSigningKey().public);
    expect(() => byHand(folder, key)).toThrow('Command failed');
  });

  test('says what happened, to whom, in which order, and names manifest, plan and policies by their digests', async () => {
    const { folder, bundle } = await signedBundle();
    const envelope = decodeEnvelope(readFileSync(join(folder, 'manifest.dsse.json')));
    if (typeof envelope === 'string') throw new Error(envelope);
    expect(envelope.payloadType).toBe(PAYLOAD_TYPE);
    expect(decodeStatement(envelope.payload)).toMatchObject({
      _type: STATEMENT_TYPE,
      predicateType: PREDICATE_TYPE,
      subject: [
        { name: 'manifest.json', digest: { sha256: bundle.manifest.slice(7) } },
        { name: 'plan.json', digest: { sha256: digestOf(plan).slice(7) } },
        { name: 'policy/payments-guardrails/pv_42', digest: { sha256: digestOf('payments').slice(7) } },
      ],
      predicate: {
        golive: input.golive,
        tenant: 'tenant_acme_prod',
        environment: 'production',
        outcome: 'live',
        startedAt: entriesFrom(1, 1)[0]?.at,
        endedAt: input.at,
        number: 1,
        previous: null,
        journal: { sequence: 4 },
        software: { version: '0.0.0', sbom: null },
      },
    });
  });

  test('keeps its first signature when the seal is repeated, and is not signed again with another key', async () => {
    const { store, bundle, folder } = await signedBundle();
    const before = readFileSync(join(folder, 'manifest.dsse.json'), 'utf8');
    expect(await sealBundle(store, RUN, input, signed)).toEqual(bundle);
    expect(readFileSync(join(folder, 'manifest.dsse.json'), 'utf8')).toBe(before);
    expect(await problemOf(() => sealBundle(store, RUN, input, sealTools()))).toBe('sealed');
  });

  test('holds the list of parts and a report that was made of the files beside it', async () => {
    const store = openFileStore(emptyDirectory());
    await recorded(store);
    const software = { ...signed.software, sbom: Buffer.from('{"bomFormat":"CycloneDX"}') };
    const companionsOf = ({ files }: BundleFiles) =>
      Promise.resolve([{ path: 'report.html', bytes: Buffer.from(files.map(({ path }) => path).join()) }]);
    await sealBundle(store, RUN, input, { ...signed, software, companionsOf });
    const report = Buffer.from(await store.read(`${RUN}/report.html`)).toString();
    expect(report).toContain('journal.jsonl');
    expect(report).not.toContain('manifest');
    const identity = decodeSoftware(await store.read(`${RUN}/software/identity.json`));
    expect(identity?.sbom).toBe(digestOfBytes(software.sbom));
  });

  test('that one version began and another finishes names the first', async () => {
    const store = openFileStore(emptyDirectory());
    await recorded(store);
    await expect(sealBundle(dyingAt(5, store), RUN, input, signed)).rejects.toThrow('died');
    const later = { ...signed, software: { ...signed.software, version: '9.9.9' } };
    await sealBundle(store, RUN, input, later);
    expect(decodeSoftware(await store.read(`${RUN}/software/identity.json`))?.version).toBe('0.0.0');
  });
});

describe('a run that was destroyed', () => {
  const destroyed = {
    ...input,
    outcome: 'destroyed',
    at: '2026-11-23T16:00:00Z',
    progress: { state: 'watching' },
  } as const;

  test('is sealed as destroyed by somebody else', async () => {
    const directory = emptyDirectory();
    const store = openFileStore(directory);
    await recorded(store);
    await sealBundle(store, RUN, destroyed, tools);
    expect(await inspected(join(directory, RUN))).toMatchObject({ ok: true, outcome: 'destroyed' });
  });

  test('after it began to seal itself, at any of its writes, is finished: as it ended itself once the journal is closed', async () => {
    const outcomes: string[] = [];
    for (let failing = 1; failing <= 9; failing += 1) {
      const directory = emptyDirectory();
      const store = openFileStore(directory);
      await recorded(store);
      await expect(sealBundle(dyingAt(failing, store), RUN, input, tools)).rejects.toThrow('died');
      const sealed = await sealBundle(store, RUN, destroyed, tools);
      expect(await sealBundle(store, RUN, destroyed, tools)).toEqual(sealed);
      const verdict = await inspected(join(directory, RUN), sealed.manifest);
      outcomes.push(verdict.ok ? verdict.outcome : 'broken');
    }
    expect(outcomes).toEqual([...Array(4).fill('destroyed'), ...Array(5).fill('live')]);
  });
});

describe('verification', () => {
  test('finds any one changed byte of any file, and names the file', async () => {
    const { bundle, folder } = await sealed();
    const paths = ['manifest.json', ...manifestIn(folder).files.map(({ path }) => path)];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (path, where, flip) => {
          const good = readFileSync(join(folder, path));
          const bytes = Buffer.from(good);
          const place = where % bytes.length;
          bytes[place] = (bytes[place] ?? 0) ^ flip;
          writeFileSync(join(folder, path), bytes);
          const verdict = await inspected(folder, bundle.manifest);
          writeFileSync(join(folder, path), good);
          expect(verdict).toMatchObject({ ok: false, problems: [{ path }] });
        },
      ),
      { numRuns: 300 },
    );
    expect(await inspected(folder, bundle.manifest)).toMatchObject({ ok: true });
  });

  test.each<[string, (folder: string) => void, readonly string[]]>([
    ['a file that is gone', (folder) => rmSync(join(folder, 'plan.json')), ['plan.json']],
    ['a file nobody knows', (folder) => writeFileSync(join(folder, 'facts/new.json'), '{}'), ['facts/new.json']],
    ['a hidden file', (folder) => writeFileSync(join(folder, '.note'), ''), ['.note']],
    [
      'a file that was renamed',
      (folder) => renameSync(join(folder, 'previous.json'), join(folder, 'previous2.json')),
      ['previous2.json', 'previous.json'],
    ],
    [
      'a file that grew',
      (folder) => writeFileSync(join(folder, 'plan.json'), `${canonicalJson(plan)} `),
      ['plan.json'],
    ],
    ['a manifest that is gone', (folder) => rmSync(join(folder, 'manifest.json')), ['manifest.json']],
    ['a manifest that is no JSON', (folder) => writeFileSync(join(folder, 'manifest.json'), '{'), ['manifest.json']],
    [
      'a link, even to the same bytes',
      (folder) => {
        mkdirSync(join(folder, '../elsewhere'));
        renameSync(join(folder, 'plan.json'), join(folder, '../elsewhere/plan.json'));
        symlinkSync('../elsewhere/plan.json', join(folder, 'plan.json'));
      },
      ['plan.json'],
    ],
  ])('names %s', async (_, tamper, named) => {
    const { folder } = await sealed();
    tamper(folder);
    expect(await namedBy(folder)).toEqual(named);
  });

  test.each<[string, (manifest: Manifest) => unknown]>([
    ['another format', (manifest) => ({ ...manifest, format: 'golive-evidence/v2' })],
    ['an outcome nobody knows', (manifest) => ({ ...manifest, outcome: 'fine' })],
    [
      'a path out of the bundle',
      (manifest) => ({ ...manifest, files: [{ ...manifest.files[0], path: '../plan.json' }] }),
    ],
    ['a file listed twice', (manifest) => ({ ...manifest, files: [...manifest.files, manifest.files[0]] })],
  ])('refuses a manifest with %s', async (_, change) => {
    const { folder } = await sealed();
    writeFileSync(join(folder, 'manifest.json'), canonicalJson(change(manifestIn(folder))));
    expect(await namedBy(folder)).toEqual(['manifest.json']);
  });

  test('finds a manifest that was made to fit a changed journal, by the chain', async () => {
    const { folder } = await sealed();
    const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n');
    refit(folder, 'journal.jsonl', lines.toSpliced(1, 1).join('\n'));
    expect(await inspected(folder)).toEqual({
      ok: false,
      problems: [{ path: 'journal.jsonl', why: 'line 2: the sequence number should be 2' }],
    });
  });

  test('finds a manifest that was made to fit a changed plan, progress, outcome or a journal cut short, by the closing entry', async () => {
    const why = 'its closing entry does not fit the manifest';
    for (const path of ['plan.json', 'progress.json', 'software/identity.json']) {
      const { folder } = await sealed();
      refit(folder, path, '{}');
      expect(await inspected(folder)).toEqual({ ok: false, problems: [{ path: 'journal.jsonl', why }] });
    }
    const { folder } = await sealed();
    const manifest = manifestIn(folder);
    writeFileSync(join(folder, 'manifest.json'), encodeManifest({ ...manifest, outcome: 'canceled' }));
    expect(await inspected(folder)).toEqual({ ok: false, problems: [{ path: 'journal.jsonl', why }] });
    writeFileSync(join(folder, 'manifest.json'), encodeManifest(manifest));
    const lines = readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n');
    refit(folder, 'journal.jsonl', lines.toSpliced(-2, 1).join('\n'));
    expect(await inspected(folder)).toEqual({ ok: false, problems: [{ path: 'journal.jsonl', why }] });
  });

  test('tells another good bundle from this one by the digest of the manifest', async () => {
    const { bundle, folder } = await sealed();
    const other = openFileStore(emptyDirectory());
    await recorded(other);
    await sealBundle(other, RUN, { ...input, outcome: 'rolled-back' }, tools);
    rmSync(folder, { recursive: true });
    for (const { path } of await other.list(RUN)) {
      mkdirSync(join(folder, path.slice(RUN.length), '..'), { recursive: true });
      writeFileSync(join(folder, path.slice(RUN.length)), await other.read(path));
    }
    expect(await inspected(folder)).toMatchObject({ ok: true, outcome: 'rolled-back' });
    expect(await inspected(folder, bundle.manifest)).toMatchObject({
      ok: false,
      problems: [{ path: 'manifest.json' }],
    });
  });

  test('needs nothing but the folder', async () => {
    const { bundle, folder } = await sealed();
    const copy = join(emptyDirectory(), 'copy');
    cpSync(folder, copy, { recursive: true });
    rmSync(folder, { recursive: true });
    expect(await inspected(copy, bundle.manifest)).toMatchObject({ ok: true });
  });
});

/** Replaces a file and makes the manifest fit it, as somebody would who wants to hide it. */
function refit(folder: string, path: string, text: string): void {
  writeFileSync(join(folder, path), text);
  const manifest = manifestIn(folder);
  const sha256 = execFileSync('sha256sum', [join(folder, path)])
    .toString()
    .slice(0, 64);
  const files = manifest.files.map((file) =>
    file.path === path ? { ...file, sha256, sizeBytes: Buffer.byteLength(text) } : file,
  );
  writeFileSync(join(folder, 'manifest.json'), encodeManifest({ ...manifest, files }));
}

/** The store of a process that dies at its n-th write. */
function dyingAt(failing: number, store: EvidenceStore): EvidenceStore {
  let writes = 0;
  const perhapsDie = () => {
    writes += 1;
    if (writes === failing) throw new Error('died');
  };
  return {
    read: (path) => store.read(path),
    exists: (path) => store.exists(path),
    protectionOf: (path) => store.protectionOf(path),
    list: (folder) => store.list(folder),
    put: async (path, bytes) => {
      perhapsDie();
      await store.put(path, bytes);
    },
    appendLines: async (path, next) => {
      perhapsDie();
      await store.appendLines(path, next);
    },
  };
}

/** A store that says it wrote the plan but has other bytes once the manifest is there. */
function forgetful(store: EvidenceStore): EvidenceStore {
  let manifestThere = false;
  return {
    read: async (path) => (manifestThere && path.endsWith('/plan.json') ? Buffer.alloc(10) : store.read(path)),
    exists: (path) => store.exists(path),
    protectionOf: (path) => store.protectionOf(path),
    list: (folder) => store.list(folder),
    appendLines: (path, next) => store.appendLines(path, next),
    put: async (path, bytes) => {
      await store.put(path, bytes);
      manifestThere ||= path.endsWith('/manifest.json');
    },
  };
}
