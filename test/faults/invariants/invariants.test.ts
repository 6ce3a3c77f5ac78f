import { expect, it } from 'vitest';
import type { JournalEntry } from '../../../src/domain/journal.ts';
import { failed, inconclusive, type Digest, type Finding } from '../../../src/domain/verdict.ts';
import type { Effect } from '../../../src/sandbox/ledger.ts';
import type { HistoryFact } from '../history.ts';
import { isEntry, type RunRecord } from '../record.ts';
import { brokenIn, INVARIANTS, type InvariantId } from './all.ts';
import { honestRecord, KEYS } from './honest.ts';

type Breaking = (record: RunRecord) => Partial<RunRecord>;

/** One flaw in an otherwise honest record. */
interface Flaw {
  readonly invariant: InvariantId;
  readonly name: string;
  readonly breaking: Breaking;
}

const SOAK: Digest = `sha256:${'1'.repeat(64)}`;

const journalWithout =
  (unwanted: (entry: JournalEntry) => boolean): Breaking =>
  ({ journal }) => ({
    journal: journal.filter((entry) => !unwanted(entry)).map((entry, index) => ({ ...entry, sequence: index + 1 })),
  });
const journalWith =
  (change: (entry: JournalEntry) => JournalEntry): Breaking =>
  ({ journal }) => ({ journal: journal.map(change) });
const historyWithout =
  (unwanted: (fact: HistoryFact) => boolean): Breaking =>
  ({ history }) => ({ history: history.filter((fact) => !unwanted(fact)) });
const historyWith =
  (change: (fact: HistoryFact) => HistoryFact): Breaking =>
  ({ history }) => ({ history: history.map(change) });
const effectsWith =
  (change: (effects: readonly Effect[]) => readonly Effect[]): Breaking =>
  ({ effects }) => ({ effects: change(effects) });

const isApprovalOf = (gate: string, by: string) => (entry: JournalEntry) =>
  entry.kind === 'message' && JSON.stringify(entry.body).includes(gate) && JSON.stringify(entry.body).includes(by);
const approvedBy = (from: string, to: string) => (entry: JournalEntry) =>
  JSON.parse(JSON.stringify(entry).replaceAll(`"by":"${from}"`, `"by":"${to}"`)) as JournalEntry;
const share = (from: number, to: number): Effect => ({
  sequence: 99,
  at: '2026-11-22T12:00:00.000Z',
  what: 'share',
  from,
  to,
  version: 'v99',
  tenant: null,
  actor: 'golive',
  reason: null,
});
const isCall = (activity: string) => (fact: HistoryFact) => fact.what === 'scheduled' && fact.activity === activity;
/** What a call answered, in its place another finding. */
const answering =
  (activity: string, finding: Finding): Breaking =>
  ({ history }) => {
    const [call] = history.filter(isCall(activity));
    return {
      history: history.map((fact) =>
        fact.what === 'completed' && fact.scheduled === call?.id ? { ...fact, result: finding } : fact,
      ),
    };
  };
const factsOfSoak =
  (change: object): Breaking =>
  ({ facts }) => ({ facts: new Map([...facts, [SOAK, { ...(facts.get(SOAK) as object), ...change }]]) });
const isOf = (step: string) => (effect: Effect) => effect.reason?.startsWith(`${KEYS}${step}:`) ?? false;
const lastFirst = (effects: readonly Effect[], isIt: (effect: Effect) => boolean) => [
  ...effects.filter(isIt),
  ...effects.filter((effect) => !isIt(effect)),
];
const oneMore = (effects: readonly Effect[], isIt: (effect: Effect) => boolean) => [
  ...effects,
  ...effects.filter(isIt),
];

// A row a line, so that it reads as the table it is.
/* prettier-ignore */
const FLAWS: readonly Flaw[] = [
  { invariant: 'S1', name: 'one of two approvals is missing', breaking: journalWithout(isApprovalOf('begin-traffic', 'chi')) },
  { invariant: 'S1', name: 'the approvals were for another gate', breaking: journalWithout((entry) => isEntry(entry, 'gate-opened') && entry.body.gate === 'increase-traffic') },
  { invariant: 'S1', name: 'the approvals were void by then', breaking: ({ journal }) => ({ journal: [...journal, { sequence: journal.length + 1, at: '2026-11-22T08:00:00Z', kind: 'approval-void', body: { gate: 'begin-traffic', nonce: 'n1', why: 'expired' } }] }) },
  { invariant: 'S1', name: 'traffic moved and nobody had decided so', breaking: historyWithout((fact) => isCall('shiftTraffic')(fact) && JSON.stringify(fact).includes('ramp-25')) },
  { invariant: 'S2', name: 'a share of the plan was left out', breaking: effectsWith((effects) => effects.filter((effect) => effect.what !== 'share' || effect.to !== 5)) },
  { invariant: 'S2', name: 'traffic went forward after it had gone back', breaking: effectsWith((effects) => [...effects, share(0, 25)]) },
  { invariant: 'S3', name: 'a window passed on too few requests', breaking: factsOfSoak({ totals: { requests: 3, errors: 0 } }) },
  { invariant: 'S3', name: 'a window passed on numbers that are none', breaking: factsOfSoak({ totals: { requests: 5_000, errors: NaN } }) },
  { invariant: 'S3', name: 'a step passed on an inconclusive finding', breaking: journalWith((entry) => isEntry(entry, 'step-settled') && entry.body.step === 'ramp-25' ? { ...entry, body: { ...entry.body, verdict: 'inconclusive' } } : entry) },
  { invariant: 'S3', name: 'nobody knows what a window passed by', breaking: () => ({ facts: new Map() }) },
  { invariant: 'S4', name: 'the release came without a quorum', breaking: journalWithout(isApprovalOf('release-kill-switch', 'dee')) },
  { invariant: 'S4', name: 'the release came while a pack was not back', breaking: effectsWith((effects) => effects.filter((effect) => effect.what !== 'rollback' || effect.pack !== 'data-access')) },
  { invariant: 'S4', name: 'the release came while traffic was still there', breaking: effectsWith((effects) => effects.filter((effect) => effect.what !== 'share' || effect.to !== 0)) },
  { invariant: 'S4', name: 'the rollback was not verified', breaking: answering('verifyRollback', failed('a probe was allowed')) },
  { invariant: 'S5', name: 'traffic was left on', breaking: ({ standing }) => ({ standing: { ...standing, percent: 25 } }) },
  { invariant: 'S5', name: 'the new policies were left in force', breaking: ({ standing, plan }) => ({ standing: { ...standing, versions: plan.policy.active } }) },
  { invariant: 'S6', name: 'the halt took effect twice', breaking: effectsWith((effects) => oneMore(effects, isOf('kill-switch-on'))) },
  { invariant: 'S6', name: 'a share was moved to twice', breaking: effectsWith((effects) => [...effects, share(5, 25)]) },
  { invariant: 'S7', name: 'a move was decided upon after the abort', breaking: ({ history }) => ({ history: [...history, { id: 900, at: 0, what: 'scheduled', activity: 'shiftTraffic', args: [{}, { from: 25, to: 50 }] }] }) },
  { invariant: 'S7', name: 'a move was decided upon after a cancellation', breaking: ({ history }) => ({ history: [{ id: 0, at: 0, what: 'cancel-requested' }, ...history] }) },
  { invariant: 'S8', name: 'the requester approved', breaking: journalWith(approvedBy('chi@acme.example', 'Ana@acme.example')) },
  { invariant: 'S8', name: 'one person approved under two spellings', breaking: journalWith(approvedBy('chi@acme.example', 'BEN@acme.example')) },
  { invariant: 'S9', name: 'a nonce was used for two openings', breaking: journalWith((entry) => JSON.parse(JSON.stringify(entry).replaceAll('"n2"', '"n1"')) as JournalEntry) },
  { invariant: 'S9', name: 'an approval was for another plan', breaking: journalWith((entry) => isEntry(entry, 'admitted') ? { ...entry, body: { ...entry.body, plan: `sha256:${'b'.repeat(64)}` } } : entry) },
  { invariant: 'S9', name: 'one signed decision counted twice', breaking: journalWith((entry) => isEntry(entry, 'message') ? { ...entry, body: { ...entry.body, decision: SOAK } } : entry) },
  { invariant: 'S10', name: 'an entry is missing', breaking: ({ journal }) => ({ journal: journal.filter(({ sequence }) => sequence !== 4) }) },
  { invariant: 'S10', name: 'a message is not in the journal', breaking: journalWithout(isApprovalOf('release-kill-switch', 'ben')) },
  { invariant: 'S10', name: 'the chain is broken', breaking: () => ({ chain: { ok: false, line: 3, why: 'another digest' } }) },
  { invariant: 'S11', name: 'it ended without a seal', breaking: historyWithout(isCall('archiveEvidence')) },
  { invariant: 'S11', name: 'the sealed evidence was changed', breaking: () => ({ bundle: { ok: false, problems: [{ path: 'plan.json', why: 'has another digest' }] } }) },
  { invariant: 'S11', name: 'its plan was never admitted, and something was changed', breaking: historyWithout(isCall('admitPlan')) },
  { invariant: 'S12', name: 'a secret is in a log', breaking: () => ({ written: new Map([['workers', 'with mrt_live_0a1b_canary in it']]) }) },
  { invariant: 'S14', name: 'another run changed something meanwhile', breaking: effectsWith(([first, ...others]) => [...(first ? [first] : []), ...others.slice(0, -1), { ...share(0, 5), reason: 'golive:2026-11-22.1:beef00000000:ramp-25:1' }, ...others.slice(-1)]) },
  { invariant: 'S15', name: 'policies went back before the halt', breaking: effectsWith((effects) => lastFirst(effects, isOf('policy-rollback'))) },
  { invariant: 'S15', name: 'the halt was never proven', breaking: answering('switchOn', inconclusive('no answer')) },
  { invariant: 'S15', name: 'traffic was to move after the rollback had begun', breaking: ({ history }) => ({ history: [...history, { id: 901, at: 0, what: 'scheduled', activity: 'shiftTraffic', args: [{}, { from: 25, to: 50 }] }] }) },
  { invariant: 'S16', name: 'half of a soak was not observed', breaking: ({ facts }) => factsOfSoak({ observed: 900_000 })({ ...honestRecord(), facts }) },
  { invariant: 'S16', name: 'a soak ended before its time', breaking: journalWith((entry) => isEntry(entry, 'step-settled') && entry.body.step === 'steady-state' ? { ...entry, at: '2026-11-22T08:01:00.000Z' } : entry) },
  { invariant: 'L1', name: 'the run never ended', breaking: ({ history, progress }) => ({ history: history.filter(({ what }) => what !== 'ended'), progress: { ...progress, state: 'blocked' } }) },
  { invariant: 'L1', name: 'the run failed as something nobody foresaw', breaking: historyWith((fact) => fact.what === 'ended' ? { ...fact, type: 'Unexpected' } : fact) },
  { invariant: 'L1', name: 'it was destroyed, and whoever took over never ended', breaking: ({ history, progress }) => ({ history: history.map((fact) => fact.what === 'ended' ? { ...fact, how: 'terminated' } : fact), progress: { ...progress, state: 'rolling-back' } }) },
  { invariant: 'L3', name: 'the run was destroyed and nobody made the platform safe', breaking: ({ standing, ...record }) => ({ ...historyWith((fact) => fact.what === 'ended' ? { ...fact, how: 'terminated' } : fact)({ standing, ...record }), standing: { ...standing, percent: 25 } }) },
  { invariant: 'L3', name: 'it became safe too late', breaking: (record) => ({ ...historyWith((fact) => fact.what === 'ended' ? { ...fact, how: 'terminated', at: 0 } : fact)(record) }) },
  { invariant: 'L4', name: 'four tasks failed in a row', breaking: ({ history }) => ({ history: [...history, ...[1, 2, 3, 4].map((id) => ({ id: 910 + id, at: 0, what: 'task-failed' as const }))] }) },
];

it('an honest record breaks nothing', () => {
  expect(brokenIn(honestRecord())).toEqual([]);
});

it.each(FLAWS)('$invariant is broken when $name', ({ invariant, breaking }) => {
  const record = honestRecord();
  expect(INVARIANTS[invariant]({ ...record, ...breaking(record) })).not.toEqual([]);
});

it('every invariant is broken by some flaw', () => {
  const caught = new Set(FLAWS.map(({ invariant }) => invariant));
  expect(Object.keys(INVARIANTS).filter((id) => !caught.has(id as InvariantId))).toEqual([]);
});
