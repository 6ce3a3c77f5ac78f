import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { planSchema } from '../../../src/domain/plan-schema.ts';
import { sealBundle, type SealTools } from '../../../src/evidence/bundle.ts';
import { encodeCanonical } from '../../../src/evidence/canonical.ts';
import { digestOf, digestOfBytes } from '../../../src/evidence/digest.ts';
import { decodeEnvelope, signEnvelope, type Envelope, type Signer } from '../../../src/evidence/dsse.ts';
import type { BundleFiles } from '../../../src/evidence/inspect.ts';
import { appendEntries } from '../../../src/evidence/journal.ts';
import { encodeExport } from '../../../src/evidence/exports.ts';
import { approvalPath, AUDIT, ENVELOPE, factsPath, keySetPath, samplesPath } from '../../../src/evidence/layout.ts';
import { decodeStatement, encodeStatement, PAYLOAD_TYPE, type Statement } from '../../../src/evidence/statement.ts';
import { RUN } from '../places.ts';
import type { Draft } from './draft.ts';
import { MemoryStore } from './memory-store.ts';
import { GOLIVE } from './people.ts';

/** The files of a bundle, by their paths in it. */
export type Files = Map<string, Buffer>;

/** Seals a draft with what seals a real run, and answers the files of the bundle. */
export async function sealed(draft: Draft, tools: SealTools): Promise<Files> {
  const store = new MemoryStore();
  await storeAll(draft, store);
  const entries = draft.entries.map(({ at, kind, body }, index) => ({
    sequence: index + 1,
    at: new Date(at).toISOString(),
    kind,
    body,
  }));
  await appendEntries(store, RUN, entries);
  const { outcome, rehearsal, plan } = draft;
  const at = new Date(draft.now).toISOString();
  const { tenant, environment, policy } = planSchema.parse(plan);
  const policies = Object.entries(policy.active).map(([pack, version]) => ({ pack, version, content: digestOf(pack) }));
  const progress = { version: 1, plan: digestOf(plan), state: outcome };
  const input = { tenant, environment, golive: GOLIVE, at, outcome, rehearsal, plan, progress, policies };
  await sealBundle(store, RUN, input, tools);
  const inside = [...store.stored].filter(([path]) => path.startsWith(`${RUN}/`));
  const files: Files = new Map(inside.map(([path, bytes]) => [path.slice(RUN.length + 1), bytes]));
  const { restate } = draft;
  if (restate !== undefined && tools.signer !== undefined)
    files.set(ENVELOPE, signedAnew(files.get(ENVELOPE) as Buffer, restate, tools.signer));
  return files;
}

function signedAnew(bytes: Buffer, restate: (statement: Statement) => Statement, signer: Signer): Buffer {
  const { payload } = decodeEnvelope(bytes) as Envelope;
  const statement = restate(decodeStatement(payload) as Statement);
  return Buffer.from(signEnvelope(signer, PAYLOAD_TYPE, encodeStatement(statement)));
}

async function storeAll({ facts, chunks, tokens, keySet, audit }: Draft, store: MemoryStore): Promise<void> {
  if (audit !== undefined) await store.put(`${RUN}/${AUDIT}`, encodeExport(audit));
  for (const [digest, value] of facts) await store.put(`${RUN}/${factsPath(digest)}`, encodeCanonical(value));
  for (const [digest, value] of chunks) await store.put(`${RUN}/${samplesPath(digest)}`, encodeCanonical(value));
  for (const [id, token] of tokens) await store.put(`${RUN}/${approvalPath(id)}`, Buffer.from(token, 'utf8'));
  const keys = Buffer.from(JSON.stringify(keySet), 'utf8');
  if (tokens.size > 0) await store.put(`${RUN}/${keySetPath(digestOfBytes(keys))}`, keys);
}

/** A bundle to look at. */
export function bundleOf(files: Files): BundleFiles {
  const stored = [...files].map(([path, bytes]) => ({ path, sizeBytes: bytes.length }));
  return {
    files: stored,
    read: (path) => {
      const bytes = files.get(path);
      return bytes === undefined ? Promise.reject(new Error(`${path} is missing`)) : Promise.resolve(bytes);
    },
  };
}

/** The same in a directory. */
export function written(files: Files, directory: string): string {
  for (const [path, bytes] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), bytes);
  }
  return directory;
}
