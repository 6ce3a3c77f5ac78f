import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { decisionActivities, type ReadDecision } from '../../src/activities/decisions.ts';
import { openTrust } from '../../src/activities/trust.ts';
import { EMPTY_DESK, openAsk, type Ask, type Desk } from '../../src/domain/desk.ts';
import { messageOf, receive, refuse } from '../../src/domain/receive.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { forgeriesOf, USED } from './forgeries/all.ts';
import { CANARY, genuineToken, type Forgery, type Genuine } from './forgeries/genuine.ts';
import { STRANGERS } from './forgeries/keys.ts';
import { otherHalf, otherSpelling } from './forgeries/twins.ts';
import { BEN_KEY, CHI_KEY, CLAIMS, HEADER, NOW, published, STRANGER_KEY } from './signed.ts';

const FORGERIES = 10_000;
const BATCH = 50;
/** As many batches are read side by side: what holds is synced to the disk, which takes its time. */
const AT_ONCE = 8;
const SEED = Number(process.env['GOLIVE_TEST_SEED'] ?? Date.now() % 2 ** 31);
const HOUR = 3_600_000;

const SAMPLE = `sha256:${'7'.repeat(64)}` as const;
const CHI = { sub: 'chi@acme.example', key: CHI_KEY, header: { ...HEADER, alg: 'ES256', kid: 'chi-1' } };
const decided = (name: 'approve' | 'reject') => ({
  kind: name,
  gate: 'begin-traffic',
  nonce: 'b1c6',
  reason: 'because',
});
const jti = (digit: number) => String(digit).repeat(32);
const GENUINE: readonly Genuine[] = [
  { name: 'approve', header: HEADER, key: BEN_KEY, claims: { ...CLAIMS, jti: jti(1), decision: decided('approve') } },
  { ...CHI, name: 'approve', claims: { ...CLAIMS, sub: CHI.sub, jti: jti(2), decision: decided('approve') } },
  { ...CHI, name: 'reject', claims: { ...CLAIMS, sub: CHI.sub, jti: jti(3), decision: decided('reject') } },
  {
    name: 'attest',
    header: HEADER,
    key: BEN_KEY,
    claims: {
      ...CLAIMS,
      jti: jti(4),
      decision: { kind: 'attest', control: 'circuit-breakers', facts: SAMPLE, statement: 'set' },
    },
  },
  {
    ...CHI,
    name: 'review',
    claims: {
      ...CLAIMS,
      sub: CHI.sub,
      jti: jti(5),
      decision: { kind: 'review', sample: SAMPLE, verdicts: [{ id: 'evt_01', correct: true }] },
    },
  },
];

const until = NOW + HOUR;
const ASKS: readonly Ask[] = [
  {
    kind: 'approval',
    gate: 'begin-traffic',
    nonce: 'b1c6',
    shown: SAMPLE,
    need: 2,
    people: ['ben@acme.example', 'chi@acme.example'],
    groups: [],
    until,
    validFor: HOUR,
    approvals: [],
    rejection: null,
  },
  {
    kind: 'attestation',
    control: 'circuit-breakers',
    owner: 'ben@acme.example',
    facts: SAMPLE,
    about: [],
    until,
    given: null,
  },
  {
    kind: 'review',
    sample: SAMPLE,
    ids: ['evt_01', 'evt_02'],
    shown: [],
    wanted: 2,
    available: 2,
    reviewers: ['chi@acme.example'],
    until,
    verdicts: [],
  },
];
const DESK = ASKS.reduce<Desk>(openAsk, {
  ...EMPTY_DESK,
  trust: 'signed',
  plan: `sha256:${'5'.repeat(64)}`,
  requester: 'ana@acme.example',
});

const PUBLISHED = [
  published(BEN_KEY, 'ben-1'),
  published(CHI_KEY, 'chi-1'),
  published(STRANGER_KEY, 'other-1'),
  published(STRANGERS['a P-384 key'], 'weak-1'),
];
const ISSUER = { issuer: CLAIMS.iss, algorithms: ['EdDSA', 'ES256'] as const };
const SCOPE = {
  profile: 'acme-production',
  tenant: 'tenant_acme_prod',
  environment: 'production',
  folder: 'tenant_acme_prod/production/2026-11-22.1-c0ffee',
};

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'golive-forged-'));
  await writeFile(join(home, 'keys.json'), JSON.stringify({ keys: PUBLISHED }));
  vi.useFakeTimers({ now: NOW, toFake: ['Date'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(home, { recursive: true, force: true });
});

type Sent = Pick<Forgery, 'name' | 'token'>;

/** The worker as a run finds it: real keys in a file, a real store, and Temporal's word for which run it is. */
function worker() {
  const keys = { file: join(home, 'keys.json'), fresh: 0, stale: 60_000 };
  const trust = openTrust({ mode: 'signed', issuers: [{ ...ISSUER, algorithms: [...ISSUER.algorithms], keys }] });
  const store = openFileStore(join(home, 'evidence'));
  const worlds = () => {
    throw new Error('nothing of the outside is needed to read a decision');
  };
  const activities = decisionActivities({ trust, store, worlds });
  return (runId: string, decisions: readonly Sent[]): Promise<ReadDecision[]> =>
    new MockActivityEnvironment({ workflowExecution: { workflowId: CLAIMS.golive, runId } }).run(
      (sent: readonly Sent[]) => activities.readDecisions(SCOPE, { decisions: sent }),
      decisions,
    );
}

/** What the workflow makes of a token that was read. */
function heard(desk: Desk, name: Sent['name'], read: ReadDecision) {
  if (!read.ok) return refuse(desk, { name, by: 'unknown', at: NOW, why: read.why });
  const { decision, groups } = read;
  return receive(desk, { name, args: [messageOf(read, name)], at: NOW, signature: { decision, groups } });
}

const sent = (genuine: Genuine): Sent => ({ name: genuine.name, token: genuineToken(genuine) });
/** What only the claims say: no refusal may repeat it. The plan's own words, such as who owns a control, may be told. */
const TOLD_BY_NOBODY = [CANARY, 'eve.example', CLAIMS.plan, CLAIMS.golive, ...GENUINE.map(({ claims }) => claims.jti)];

it.each(GENUINE.map((genuine) => [genuine.name, genuine.claims.sub, genuine] as const))(
  'what is forged below would count as it was signed: %s of %s',
  async (_name, _sub, genuine) => {
    const [read] = await worker()('this-run', [sent(genuine)]);
    expect(read).toMatchObject({ ok: true });
    expect(heard(DESK, genuine.name, read ?? { ok: false, why: '' }).answer).toMatchObject({ counted: true });
  },
);

it('ten thousand forged or mangled decisions: none counts, and each is told why without a word of it', async () => {
  console.info(`forgeries: GOLIVE_TEST_SEED=${SEED} npx vitest run --project unit test/approvals/forged.test.ts`);
  const read = worker();
  // Every genuine one has been used: some by this run, the others by another run of the same tenant.
  await read('another-run', GENUINE.slice(1).map(sent));
  const [first] = await read('this-run', GENUINE.slice(0, 1).map(sent));
  if (first?.ok !== true) throw new Error('the genuine decision was refused');
  const used: Desk = { ...DESK, used: [first.decision] };

  const forgeries = fc.sample(forgeriesOf(GENUINE), { numRuns: FORGERIES, seed: SEED });
  const batches = Array.from({ length: FORGERIES / BATCH }, (_, index) =>
    forgeries.slice(index * BATCH, (index + 1) * BATCH),
  );
  let desk = used;
  const wrong: string[] = [];
  for (let from = 0; from < batches.length; from += AT_ONCE) {
    const some = batches.slice(from, from + AT_ONCE);
    const answers = (await Promise.all(some.map((batch) => read('this-run', batch)))).flat();
    for (const [index, { how, name }] of some.flat().entries()) {
      const result = heard(desk, name, answers[index] as ReadDecision);
      const { counted, text } = result.answer;
      desk = result.desk;
      // Only what is genuine may get as far as to be known as used: everything else must not verify.
      const isUsed = /used|counted already/.test(text);
      if (counted || isUsed !== (how === USED)) wrong.push(`${name}, ${how}: ${text}`);
      if (TOLD_BY_NOBODY.some((value) => text.includes(value)) || !/^[a-z].{9,}/i.test(text))
        wrong.push(`${name}, ${how}: "${text}"`);
    }
  }
  expect(wrong).toEqual([]);
  expect(desk).toEqual({ ...used, refusals: { count: FORGERIES, latest: expect.any(Array) } });
}, 60_000);

it('the second signature that every ECDSA signature has is the same decision', async () => {
  const token = genuineToken(GENUINE[1] as Genuine);
  expect(otherHalf(token)).not.toBe(token);
  const read = worker();
  const [twin] = await read('this-run', [{ name: 'approve', token: otherHalf(token) }]);
  const [original] = await read('this-run', [{ name: 'approve', token }]);
  expect([twin?.ok, original?.ok]).toEqual([true, false]);
});

it('the other spellings that a signature in base64url has are no decision', async () => {
  const token = genuineToken(GENUINE[0] as Genuine);
  const bytesOf = (text: string) => Buffer.from(text.split('.')[2] ?? '', 'base64url').toString('hex');
  expect(bytesOf(otherSpelling(token))).toBe(bytesOf(token));
  expect(await worker()('this-run', [{ name: 'approve', token: otherSpelling(token) }])).toMatchObject([{ ok: false }]);
});
