import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { readExamplePlan, rehearsalPlan } from '../../src/cli/rehearsal-plan.ts';
import { CONTROL_IDS, proofOf, rowOf, type Phase } from '../../src/domain/plan.ts';
import type { Progress } from '../../src/domain/run.ts';
import { ISSUER } from '../../src/sandbox/home.ts';
import { Rig, untilProgress } from './rig.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SPEED = 1440;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let rig: Rig;
const ended = new Map<string, Ended>();

/** Runs the built command as a person would, outside of a terminal. */
function golive(...words: readonly string[]): Promise<Ended> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, TEMPORAL_ADDRESS: rig.address };
  const main = join(ROOT, 'dist/cli/main.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...words], { env, cwd: rig.home }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** The same, kept under a name for the expectations below. */
async function does(what: string, ...words: readonly string[]): Promise<Ended> {
  const result = await golive(...words);
  ended.set(what, result);
  return result;
}

const owned = (phase: Phase) => CONTROL_IDS.filter((id) => rowOf(id).phase === phase && proofOf(id) !== 'facts');
const attestations = ({ waitingFor }: Progress) => waitingFor.filter(({ kind }) => kind === 'attestation').length;
const vouches = (person: string) =>
  does(`${person} vouches`, 'attest', '--key', `${person}.key.json`, '--statement', 'checked it', '--yes', '--json');

/** A whole go-live in which every decision is signed and made with the command, and some that do not count. */
beforeAll(async () => {
  rig = await Rig.start('--rate', '120', '--signed');
  const keys = ['--issuer', ISSUER, '--public', 'approvers.jwks.json'];
  await does('ben makes a key', 'keys', 'new', '--for', 'ben@acme.example', '--out', 'ben.key.json', ...keys);
  const chi = ['--for', 'chi@acme.example', '--group', 'platform-oncall', '--algorithm', 'ES256'];
  await does('chi makes a key', 'keys', 'new', ...chi, '--out', 'chi.key.json', ...keys);
  await does('dee makes a key', 'keys', 'new', '--for', 'dee@acme.example', '--out', 'dee.key.json', ...keys);
  await golive('keys', 'new', '--for', 'ben@acme.example', '--issuer', ISSUER, '--out', 'stranger.key.json');
  const ben = JSON.parse(await readFile(join(rig.home, 'ben.key.json'), 'utf8')) as object;
  await writeFile(join(rig.home, 'as-dee.key.json'), JSON.stringify({ ...ben, owner: 'dee@acme.example' }));

  rig.startWorker();
  const plan = rehearsalPlan(readExamplePlan(ROOT), { speed: SPEED, byHand: true });
  await writeFile(join(rig.home, 'plan.yaml'), stringify(plan));
  await does('the plan is checked', 'plan', 'check', 'plan.yaml', '--config', 'golive.yaml', '--json');
  const started = await does('it is started', 'start', 'plan.yaml', '--json');
  const { workflowId } = JSON.parse(started.stdout) as { workflowId: string };
  const handle = rig.client.workflow.getHandle(workflowId);

  await untilProgress(handle, 'the policy set', (it) => attestations(it) === 1);
  await Promise.all([
    does('it is started again', 'start', 'plan.yaml'),
    does('dee vouches without a key', 'attest', '--by', 'dee@acme.example', '--statement', 'x', '--yes'),
  ]);
  await vouches('dee');
  for (const phase of ['controls', 'incident-readiness'] as const) {
    await untilProgress(handle, phase, (it) => it.phase === phase && attestations(it) === owned(phase).length);
    const people = phase === 'controls' ? ['ben', 'chi', 'dee'] : ['chi', 'dee'];
    await Promise.all(people.map(vouches));
  }

  const { plan: digest, waitingFor } = await untilProgress(handle, 'the gate', (it) =>
    it.waitingFor.some(({ what }) => what === 'begin-traffic'),
  );
  const unsigned = { gate: 'begin-traffic', by: 'ben@acme.example', plan: digest, nonce: waitingFor[0]?.nonce };
  ended.set('an unsigned approval is sent past the command', {
    code: 0,
    stdout: JSON.stringify(await handle.executeUpdate('approve', { args: [unsigned] })),
    stderr: '',
  });
  const approve = (key: string) => ['approve', 'begin-traffic', '--key', `${key}.key.json`, '--yes'];
  await Promise.all([
    does('a stranger approves as ben', ...approve('stranger')),
    does('ben approves as dee', ...approve('as-dee')),
  ]);
  await does('ben approves', ...approve('ben'));
  await does('ben approves again', ...approve('ben'));
  await does('chi approves', ...approve('chi'));

  const watched = does('it is watched', 'status', '--watch', '--until', 'done', '--json');
  await untilProgress(handle, 'the review', (it) => it.waitingFor.some(({ kind }) => kind === 'review'));
  await does('dee reviews', 'review', '--key', 'dee.key.json', '--all-correct', '--yes');
  await untilProgress(handle, 'more traffic', (it) => it.waitingFor.some(({ what }) => what === 'increase-traffic'));
  await does('ben is not on call', 'approve', '--key', 'ben.key.json', '--yes');
  await does('chi lets it grow', 'approve', '--key', 'chi.key.json', '--yes');
  await watched;
  await does('it is listed', 'list', '--all', '--json');
}, 240_000);
afterAll(() => rig.close());

const codeOf = (what: string) => ended.get(what)?.code;
const toldBy = (what: string) => `${ended.get(what)?.stdout}${ended.get(what)?.stderr}`;
const lastLineOf = (what: string): unknown =>
  JSON.parse(ended.get(what)?.stdout.trimEnd().split('\n').at(-1) ?? 'null');

it('the go-live ends live, and watching it tells so by its exit code', () => {
  expect(lastLineOf('it is watched')).toMatchObject({ kind: 'ended', outcome: 'live', exitCode: 0 });
  expect(codeOf('it is watched')).toBe(0);
  expect(JSON.parse(ended.get('it is listed')?.stdout ?? '')).toMatchObject([{ state: 'live', trafficPercent: 100 }]);
});

it('whoever watches reads one JSON object a line, in which the traffic rises', () => {
  const lines = ended.get('it is watched')?.stdout.trimEnd().split('\n') ?? [];
  const changes = lines.map((line) => JSON.parse(line) as { kind: string; percent?: number; confirmed?: boolean });
  const shares = changes.flatMap(({ kind, percent, confirmed }) => (kind === 'traffic' && confirmed ? [percent] : []));
  expect([...new Set(shares.filter((share) => share !== 0))]).toEqual([5, 25, 50, 100]);
});

it('a plan in YAML runs as the one JSON object whose digest was shown before', () => {
  const { digest } = lastLineOf('the plan is checked') as { digest: string };
  expect(lastLineOf('it is started')).toMatchObject({ digest, takenUp: true });
  expect(codeOf('the plan is checked')).toBe(0);
});

it('a second go-live is refused, with who holds the place and how to look at it', () => {
  expect(codeOf('it is started again')).toBe(3);
  expect(toldBy('it is started again')).toContain('asked for by ana@acme.example');
  expect(toldBy('it is started again')).toContain('golive status --workflow-id golive/tenant_acme_prod/production');
});

it.each([
  ['ben approves', 'counted 1 of 2'],
  ['chi approves', 'counted 2 of 2'],
  ['dee reviews', 'reviewed'],
  ['chi lets it grow', 'counted 1 of 1'],
])('a signed decision counts: %s', (what, answer) => {
  expect(toldBy(what)).toContain(answer);
  expect(codeOf(what)).toBe(0);
});

it('approving shows first what is approved: the plan, the gate, the evidence and every step', () => {
  const [plan, gate, step, answer] = [
    'plan     sha256:',
    'gate     begin-traffic',
    '✔ role-review',
    'counted 1 of 2',
  ].map((text) => toldBy('ben approves').indexOf(text));
  expect(plan).toBeGreaterThanOrEqual(0);
  expect([plan, gate, step, answer]).toEqual([plan, gate, step, answer].toSorted((one = 0, other = 0) => one - other));
});

it('approving twice is harmless', () => {
  expect(toldBy('ben approves again')).toContain('this person has approved already');
  expect(codeOf('ben approves again')).toBe(0);
});

it.each([
  ['a stranger approves as ben', 'the issuer has no such key'],
  ['ben approves as dee', 'the key does not speak for this person'],
  ['ben is not on call', 'this person may not decide here'],
])('a decision that must not count is refused: %s', (what, why) => {
  expect(toldBy(what)).toContain(`refused: ${why}`);
  expect(codeOf(what)).toBe(3);
});

it('an unsigned decision counts neither by the command nor past it', () => {
  expect(codeOf('dee vouches without a key')).toBe(2);
  expect(toldBy('dee vouches without a key')).toContain('golive keys new');
  expect(lastLineOf('an unsigned approval is sent past the command')).toMatchObject({
    counted: false,
    text: expect.stringContaining('must be signed here'),
  });
});

it('the evidence holds every signed decision that counted, and verifies', async () => {
  const { evidence } = lastLineOf('it is watched') as { evidence: { path: string; manifest: string } };
  const bundle = join(rig.home, 'evidence', evidence.path);
  const { code } = await golive('evidence', 'verify', bundle, '--manifest', evidence.manifest);
  expect(code).toBe(0);
  const tokens = (await readdir(bundle, { recursive: true })).filter((name) => name.endsWith('.jws'));
  expect(tokens.length).toBeGreaterThanOrEqual(10);
});
