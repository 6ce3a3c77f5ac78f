import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { newSigningKey, openSigner } from '../../src/evidence/dsse.ts';
import type { RuleName } from '../../src/evidence/verification/ruling.ts';
import { verifyEvidence } from '../../src/evidence/verification/verify.ts';
import { pick, seededRandom } from '../../src/sandbox/router/random.ts';
import { sealTools } from '../support/sealing.ts';
import { BREACHES, brokenBy, pickBreach, tellingFor, type Breach } from './generated/breaches.ts';
import { damaged, HARM_NAMES } from './generated/damage.ts';
import { bundleOf, sealed, written, type Files } from './generated/sealed.ts';
import { tell } from './generated/tell.ts';

const PROGRAM = fileURLToPath(new URL('independent/verify.py', import.meta.url));
const BOTH_JUDGE: readonly RuleName[] = ['files', 'seal', 'outcome', 'order', 'quorum', 'coverage'];

/** `npm run tamper` looks at many more than `npm test` has time for. */
const COUNT = Number(process.env['GOLIVE_BUNDLES'] ?? 60);
const SEED = process.env['GOLIVE_SEED'] ?? 'two verifiers';

const tools = sealTools();
const stranger = sealTools({ signer: openSigner(newSigningKey().private) });
const answer = z.object({ bundle: z.string(), broken: z.array(z.string()) });

interface Case {
  readonly what: string;
  readonly files: Files;
}

/** Every second one is broken: by what happened in the run, in its bytes, or by who signed it. */
async function bundleNumber(number: number): Promise<Case> {
  const seed = `${SEED} ${number}`;
  if (number % 2 === 0) return { what: 'as it was sealed', files: await sealed(tell(tellingFor(seed)), tools) };
  const random = seededRandom(`kind ${seed}`);
  const chance = random();
  if (chance < 0.7) {
    const breach = pickBreach(seed);
    return { what: breach.name, files: await sealed(brokenBy(breach, seed), tools) };
  }
  if (chance < 0.75) return { what: 'another key', files: await sealed(tell(tellingFor(seed)), stranger) };
  const files = await sealed(tell(tellingFor(seed)), tools);
  return damaged(files, pick(random, HARM_NAMES), random, await sealed(tell(tellingFor(`other ${seed}`)), tools));
}

/** So many lie on the disk at once. */
const BATCH = 50;

interface Judged {
  readonly what: string;
  readonly ok: boolean;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

const disagree = ({ ours, theirs }: Judged) => JSON.stringify(ours) !== JSON.stringify(theirs);

async function judged(count: number, caseNumber: (number: number) => Promise<Case>): Promise<readonly Judged[]> {
  const directory = mkdtempSync(join(tmpdir(), 'golive-evidence-'));
  const key = join(directory, 'service.pub');
  const publicKey = tools.signer?.publicKey;
  writeFileSync(key, publicKey?.export({ type: 'spki', format: 'pem' }) ?? '');
  const ours: Omit<Judged, 'theirs'>[] = [];
  const paths: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const { what, files } = await caseNumber(number);
    const { ok, rulings } = await verifyEvidence(bundleOf(files), { publicKey });
    const broken = rulings.filter(({ rule, standing }) => standing === 'broken' && BOTH_JUDGE.includes(rule));
    ours.push({ what, ok, ours: broken.map(({ rule }) => rule) });
    paths.push(written(files, join(directory, String(number))));
  }
  const { stdout } = await promisify(execFile)('python3', [PROGRAM, key, ...paths], { maxBuffer: 2 ** 26 });
  rmSync(directory, { recursive: true });
  const lines = stdout.trim().split('\n');
  return ours.map((one, index) => ({ ...one, theirs: answer.parse(JSON.parse(lines[index] ?? '')).broken }));
}

test(`agrees with a verifier in another language on ${COUNT} bundles, half of them broken (seed: ${SEED})`, async () => {
  for (let from = 0; from < COUNT; from += BATCH) {
    const all = await judged(Math.min(COUNT - from, BATCH), (number) => bundleNumber(from + number));
    expect(all.filter(disagree)).toEqual([]);
    expect(all.filter(({ ok }, number) => ok !== ((from + number) % 2 === 0))).toEqual([]);
  }
}, 1_200_000);

test('agrees with it on runs that a guardian has ended in place of the go-live', async () => {
  const trusts = ['signed', 'namespace'] as const;
  const all = await judged(trusts.length, async (number) => {
    const telling = { ...tellingFor(SEED), outcome: 'destroyed', trust: trusts[number] ?? 'signed' } as const;
    return { what: telling.trust, files: await sealed(tell(telling), tools) };
  });
  expect(all.map(({ ok, ours, theirs }) => ({ ok, ours, theirs }))).toEqual(
    trusts.map(() => ({ ok: true, ours: [], theirs: [] })),
  );
}, 1_200_000);

test(`agrees with it on each way in which a run can break the rules (seed: ${SEED})`, async () => {
  const all = await judged(BREACHES.length, async (number) => {
    const breach = BREACHES[number] as Breach;
    return { what: breach.name, files: await sealed(brokenBy(breach, SEED), tools) };
  });
  expect(all.filter(disagree)).toEqual([]);
  expect(all.filter(({ ok }) => ok)).toEqual([]);
}, 1_200_000);
