import type { MessageName } from '../../../src/domain/messages.ts';
import { GATE_IDS, type StepId } from '../../../src/domain/plan.ts';
import { statementOf, type Predicate } from '../../../src/evidence/statement.ts';
import type { RuleName } from '../../../src/evidence/verification/ruling.ts';
import { seededRandom } from '../../../src/sandbox/router/random.ts';
import { auditLog, auditOf } from './audit.ts';
import { entriesOf, type Draft, type DraftEntry } from './draft.ts';
import { sign, type SignerName } from './people.ts';
import { tell, type Telling } from './tell.ts';

/** One way in which a run can break the rules although its bundle is sealed as it should be. */
export interface Breach {
  readonly name: string;
  /** The rule that has to find it. */
  readonly breaks: RuleName;
  /** Runs that it can be done to; without it, any. */
  readonly needs?: Partial<Telling>;
  /** What has to be told otherwise from the beginning. */
  readonly telling?: Pick<Telling, 'window'>;
  readonly change?: (draft: Draft) => void;
}

const LIVE = { outcome: 'live' } as const;
const BACK = { outcome: 'rolled-back' } as const;
const SIGNED = { outcome: 'live', trust: 'signed' } as const;

/** Everything but a change of the bytes of a sealed bundle. */
export const BREACHES: readonly Breach[] = [
  {
    name: 'the seal is about another tenant',
    breaks: 'seal',
    change: (draft) => restate(draft, () => ({ tenant: 'tenant_other_prod' })),
  },
  {
    name: 'the seal is about another environment',
    breaks: 'seal',
    change: (draft) => restate(draft, () => ({ environment: 'staging' })),
  },
  {
    name: 'the seal names another version of a policy',
    breaks: 'seal',
    change: (draft) =>
      restate(draft, ({ policies }) => ({ policies: policies.map((policy) => ({ ...policy, version: 'pv_0' })) })),
  },
  {
    name: 'the seal names other software',
    breaks: 'seal',
    change: (draft) => restate(draft, ({ software }) => ({ software: { ...software, version: '9.9.9' } })),
  },
  {
    name: 'the seal vouches for a policy that it does not name',
    breaks: 'seal',
    change: (draft) => {
      draft.restate = (statement) => ({
        ...statement,
        subject: [...statement.subject, { name: 'policy/added/pv_1', digest: { sha256: '5'.repeat(64) } }],
      });
    },
  },
  {
    name: 'a gate passes with an approval of the requester',
    breaks: 'quorum',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => said(firstApproval(draft), 'ana@acme.example'),
  },
  {
    name: 'one person counts twice',
    breaks: 'quorum',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => said(firstApproval(draft), 'CHI@acme.example'),
  },
  {
    name: 'a stranger counts',
    breaks: 'quorum',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => said(firstApproval(draft), 'eve@acme.example'),
  },
  {
    name: 'an approval is missing',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => remove(draft, firstApproval(draft)),
  },
  {
    name: 'an approval comes after the gate has passed',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => move(draft, firstApproval(draft), settledOf(draft, 'begin-traffic'), 1),
  },
  {
    name: 'an approval names another plan',
    breaks: 'quorum',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => reword(firstApproval(draft), { plan: `sha256:${'0'.repeat(64)}` }),
  },
  {
    name: 'an approval names another opening',
    breaks: 'quorum',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => reword(firstApproval(draft), { nonce: 'of-another-day' }),
  },
  {
    name: 'an approval did not count',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => patch(firstApproval(draft), { counted: false }),
  },
  {
    name: 'a gate asks for fewer approvals than the plan',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => patch(opening(draft, 'begin-traffic'), { need: 1 }),
  },
  {
    name: 'a gate asks other people than the plan',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => patch(opening(draft, 'begin-traffic'), { people: ['eve@acme.example', 'ben@acme.example'] }),
  },
  {
    name: 'approvals have expired',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => earlier(draft, firstApproval(draft), 13 * 3_600_000),
  },
  {
    name: 'traffic moves on void approvals',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => voidAfter(draft, 'increase-traffic'),
  },
  {
    name: 'the kill switch is released without a gate',
    breaks: 'quorum',
    needs: BACK,
    change: (draft) => voidAfter(draft, 'release-kill-switch'),
  },
  {
    name: 'a gate passes once more on void approvals',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => {
      passAgain(draft, 'increase-traffic');
      voidAfter(draft, 'increase-traffic');
    },
  },
  {
    name: 'a gate passes once more without being opened',
    breaks: 'quorum',
    needs: LIVE,
    change: (draft) => passAgain(draft, 'increase-traffic'),
  },
  {
    name: 'a gate passes though it was rejected',
    breaks: 'quorum',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => reject(draft, 'begin-traffic'),
  },
  { name: 'a step was left out', breaks: 'order', needs: LIVE, change: (draft) => leaveOut(draft, 'key-isolation') },
  {
    name: 'traffic begins before the gate',
    breaks: 'order',
    needs: LIVE,
    change: (draft) => move(draft, startOf(draft, 'low-traffic'), startOf(draft, 'begin-traffic'), 0),
  },
  {
    name: 'half of the traffic comes before a quarter has passed',
    breaks: 'order',
    needs: LIVE,
    change: (draft) => move(draft, startOf(draft, 'ramp-50'), settledOf(draft, 'ramp-25'), 0),
  },
  {
    name: 'a step passes that never began',
    breaks: 'order',
    change: (draft) => remove(draft, startOf(draft, 'infrastructure-health')),
  },
  {
    name: 'a step passes with a doubt',
    breaks: 'order',
    change: (draft) => patch(settledOf(draft, 'token-signing'), { verdict: 'inconclusive' }),
  },
  {
    name: 'a step begins again after it has passed',
    breaks: 'order',
    needs: LIVE,
    change: (draft) => again(draft, 'steady-state'),
  },
  {
    name: 'traffic begins while a check is being repeated',
    breaks: 'order',
    needs: LIVE,
    change: (draft) => repeated(draft, 'audit-pipeline', settledOf(draft, 'low-traffic')),
  },
  {
    name: 'a rollback begins that nothing has caused',
    breaks: 'order',
    needs: LIVE,
    change: (draft) =>
      move(
        draft,
        { at: draft.now, kind: 'step-started', body: { step: 'kill-switch-on', title: 'Kill switch on' } },
        startOf(draft, 'archive-evidence'),
        0,
      ),
  },
  {
    name: 'the policy is taken back before the kill switch is on',
    breaks: 'order',
    needs: BACK,
    change: (draft) => move(draft, settledOf(draft, 'kill-switch-on'), startOf(draft, 'policy-rollback'), 1),
  },
  {
    name: 'live without the day at full traffic',
    breaks: 'outcome',
    needs: LIVE,
    change: (draft) => leaveOut(draft, 'post-launch-watch'),
  },
  {
    name: 'rolled back without having verified it',
    breaks: 'outcome',
    needs: BACK,
    change: (draft) => leaveOut(draft, 'verify-rollback'),
  },
  {
    name: 'the journal ends otherwise than the manifest',
    breaks: 'outcome',
    needs: LIVE,
    change: (draft) => {
      draft.outcome = 'rejected';
    },
  },
  { name: 'the journal never ends', breaks: 'outcome', change: (draft) => remove(draft, only(draft, 'ended')) },
  {
    name: 'it was stopped and is live',
    breaks: 'outcome',
    needs: LIVE,
    change: (draft) =>
      move(
        draft,
        { at: draft.now, kind: 'stopped', body: { outcome: 'rolled-back', why: 'breach', by: null } },
        only(draft, 'ended'),
        0,
      ),
  },
  {
    name: 'it was aborted and is live',
    breaks: 'outcome',
    needs: LIVE,
    change: (draft) => {
      const by = 'chi@acme.example';
      say(draft, { name: 'abort', by, said: { by, reason: 'customers report denials' } }, only(draft, 'ended'));
    },
  },
  {
    name: 'a step begins before a plan is admitted',
    breaks: 'outcome',
    change: (draft) => move(draft, startOf(draft, 'tenant-capabilities'), only(draft, 'admitted'), 0),
  },
  {
    name: 'another plan was admitted',
    breaks: 'outcome',
    change: (draft) => patch(only(draft, 'admitted'), { plan: `sha256:${'1'.repeat(64)}` }),
  },
  {
    name: 'nobody looked for a third of a window',
    breaks: 'coverage',
    needs: LIVE,
    telling: { window: { step: 'post-launch-watch', sampling: 'gap' } },
  },
  {
    name: 'too few looks',
    breaks: 'coverage',
    needs: LIVE,
    telling: { window: { step: 'post-launch-watch', sampling: 'few' } },
  },
  {
    name: 'the share stood elsewhere for a third of a window',
    breaks: 'coverage',
    needs: LIVE,
    telling: { window: { step: 'post-launch-watch', sampling: 'elsewhere' } },
  },
  {
    name: 'the share stood a little elsewhere for a third of a window',
    breaks: 'coverage',
    needs: LIVE,
    telling: { window: { step: 'steady-state', sampling: 'beside' } },
  },
  {
    name: 'the counters stood still for a third of a window',
    breaks: 'coverage',
    needs: LIVE,
    telling: { window: { step: 'post-launch-watch', sampling: 'frozen' } },
  },
  {
    name: 'a window passes before it is over',
    breaks: 'coverage',
    needs: LIVE,
    change: (draft) => earlierAll(draft, 'post-launch-watch', 30_000),
  },
  {
    name: 'a window is shorter than the plan says',
    breaks: 'coverage',
    needs: LIVE,
    change: (draft) =>
      window(draft, 'post-launch-watch', (facts) => {
        facts.request.length = 1000;
      }),
  },
  {
    name: 'a window was watched at another share',
    breaks: 'coverage',
    needs: LIVE,
    change: (draft) =>
      window(draft, 'ramp-100', (facts) => {
        facts.request.percent = 50;
      }),
  },
  {
    name: 'a chunk of samples is missing',
    breaks: 'coverage',
    needs: LIVE,
    change: (draft) => {
      draft.chunks.delete([...draft.chunks.keys()].at(-3) as never);
    },
  },
  {
    name: 'errors were passed over',
    breaks: 'limits',
    needs: LIVE,
    telling: { window: { step: 'post-launch-watch', sampling: 'errors' } },
  },
  {
    name: 'a window was held against looser limits',
    breaks: 'limits',
    needs: LIVE,
    change: (draft) =>
      window(draft, 'steady-state', (facts) => {
        facts.request.limits.errorShare = 0.1;
      }),
  },
  {
    name: 'a window claims other totals',
    breaks: 'limits',
    needs: LIVE,
    change: (draft) =>
      window(draft, 'steady-state', (facts) => {
        facts.totals.requests += 1;
        facts.totals.allowed += 1;
      }),
  },
  {
    name: 'a signed approval is missing',
    breaks: 'signatures',
    needs: SIGNED,
    change: (draft) => {
      draft.tokens.delete(firstApproval(draft).body.decision as never);
    },
  },
  { name: 'an approval was signed by somebody else', breaks: 'signatures', needs: SIGNED, change: forge },
  {
    name: 'an approval says something else than what was signed',
    breaks: 'signatures',
    needs: SIGNED,
    change: (draft) => reword(firstApproval(draft), { reason: 'something else' }),
  },
  {
    name: 'an approval names an opening that was not signed',
    breaks: 'signatures',
    needs: SIGNED,
    change: (draft) => signWithout(draft, firstApproval(draft), 'nonce'),
  },
  {
    name: 'somebody vouches for more than what was signed',
    breaks: 'signatures',
    needs: SIGNED,
    change: (draft) =>
      reword(attestation(draft, 'role-review'), { seen: { 'key-isolation': `sha256:${'2'.repeat(64)}` } }),
  },
  {
    name: 'an approval counts in the name of another',
    breaks: 'signatures',
    needs: SIGNED,
    change: (draft) => said(firstApproval(draft), 'dee@acme.example'),
  },
  {
    name: 'an approval counts without a signature',
    breaks: 'signatures',
    needs: SIGNED,
    change: (draft) => patch(firstApproval(draft), { decision: null }),
  },
  {
    name: 'nobody vouched for a control',
    breaks: 'words',
    change: (draft) => remove(draft, attestation(draft, 'role-review')),
  },
  {
    name: 'somebody vouched for other facts',
    breaks: 'words',
    needs: { trust: 'namespace' },
    change: (draft) => reword(attestation(draft, 'role-review'), { facts: `sha256:${'2'.repeat(64)}` }),
  },
  {
    name: 'another than the owner vouched',
    breaks: 'words',
    needs: { trust: 'namespace' },
    change: (draft) => said(attestation(draft, 'role-review'), 'ben@acme.example'),
  },
  {
    name: 'an incorrect denial was passed over',
    breaks: 'words',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => reword(messageOf(draft, 'review'), { verdicts: [{ id: 'evt_1', correct: false }] }),
  },
  {
    name: 'a sampled denial was never judged',
    breaks: 'words',
    needs: { ...LIVE, trust: 'namespace' },
    change: (draft) => reword(messageOf(draft, 'review'), { verdicts: [{ id: 'evt_1', correct: true }] }),
  },
  {
    name: 'nothing shows which denials were sampled',
    breaks: 'words',
    needs: LIVE,
    change: (draft) => draft.facts.delete((messageOf(draft, 'review').body.said as Bodies)['sample'] as never),
  },
  {
    name: 'a word has an end that nobody can read',
    breaks: 'words',
    needs: { trust: 'namespace' },
    change: (draft) => reword(attestation(draft, 'role-review'), { expires: 'soon' }),
  },
  {
    name: 'a void word counts again when the facts come back',
    breaks: 'words',
    change: (draft) => {
      passAgain(draft, 'role-review');
      const { by } = attestation(draft, 'role-review').body;
      const body = { control: 'role-review', by, why: 'the facts have changed' } as const;
      move(draft, { at: draft.now, kind: 'word-void', body }, settledOf(draft, 'role-review'), 1);
    },
  },
  {
    name: 'the facts of a finding are missing',
    breaks: 'facts',
    change: (draft) => {
      draft.facts.delete(settledOf(draft, 'token-signing').body.evidence as never);
    },
  },
  {
    name: 'the audit log is another than the platform gave',
    breaks: 'records',
    change: (draft) => {
      draft.audit = { ...auditOf(auditLog(draft)), sha256: '6'.repeat(64) };
    },
  },
  {
    name: 'the audit log is that of another tenant',
    breaks: 'records',
    change: (draft) => {
      draft.audit = auditOf({ ...auditLog(draft), tenantId: 'tenant_other_prod' });
    },
  },
  {
    name: 'the audit log does not say whose it is',
    breaks: 'records',
    change: (draft) => {
      draft.audit = auditOf([]);
    },
  },
  {
    name: 'people were shown what had not been found',
    breaks: 'facts',
    needs: LIVE,
    change: (draft) =>
      show(draft, ([first, ...others]) => [{ ...first, evidence: `sha256:${'3'.repeat(64)}` }, ...others]),
  },
  {
    name: 'people were shown a finding as if it were still open',
    breaks: 'facts',
    needs: LIVE,
    change: (draft) => show(draft, ([first, ...others]) => [{ ...first, verdict: null }, ...others]),
  },
  {
    name: 'people were not shown all that had been found',
    breaks: 'facts',
    needs: LIVE,
    change: (draft) => show(draft, ([, ...others]) => others),
  },
  { name: 'people were shown nothing', breaks: 'facts', needs: LIVE, change: (draft) => show(draft, () => []) },
];

/** The breach that a seed picks. */
export function pickBreach(seed: string): Breach {
  return BREACHES[Math.floor(seededRandom(seed)() * BREACHES.length)] as Breach;
}

/** Some run that would keep every rule but for this. */
export function brokenBy({ needs, telling, change }: Breach, seed: string): Draft {
  const draft = tell({ ...tellingFor(seed), ...needs, ...telling });
  change?.(draft);
  return draft;
}

/** Some run that keeps every rule. */
export function tellingFor(seed: string): Telling {
  const random = seededRandom(`telling ${seed}`);
  const outcomes = ['live', 'live', 'rolled-back', 'rejected', 'canceled'] as const;
  const outcome = outcomes[Math.floor(random() * outcomes.length)] ?? 'live';
  return { seed, outcome, trust: random() < 0.5 ? 'signed' : 'namespace', speed: 1440 };
}

type Bodies = Record<string, unknown>;

/** The seal says something else, and is signed with the right key. */
function restate(draft: Draft, change: (said: Predicate) => Partial<Predicate>): void {
  draft.restate = ({ subject: [manifest], predicate }) =>
    statementOf(`sha256:${manifest?.digest.sha256 ?? ''}`, { ...predicate, ...change(predicate) });
}

function only<Kind extends 'ended' | 'admitted'>(draft: Draft, kind: Kind): DraftEntry<Kind> {
  return required(entriesOf(draft, kind).at(0), kind);
}

function settledOf(draft: Draft, step: StepId): DraftEntry<'step-settled'> {
  return required(
    entriesOf(draft, 'step-settled').find(({ body }) => body.step === step),
    step,
  );
}

function startOf(draft: Draft, step: StepId): DraftEntry<'step-started'> {
  return required(
    entriesOf(draft, 'step-started').find(({ body }) => body.step === step),
    step,
  );
}

function opening(draft: Draft, gate: string): DraftEntry<'gate-opened'> {
  return required(
    entriesOf(draft, 'gate-opened').find(({ body }) => body.gate === gate),
    gate,
  );
}

function messageOf(draft: Draft, name: string): DraftEntry<'message'> {
  return required(
    entriesOf(draft, 'message').find(({ body }) => body.name === name),
    name,
  );
}

const firstApproval = (draft: Draft) => messageOf(draft, 'approve');

function attestation(draft: Draft, control: string): DraftEntry<'message'> {
  const isOf = ({ body }: DraftEntry<'message'>) => (body.said as Bodies)['control'] === control;
  return required(entriesOf(draft, 'message').find(isOf), control);
}

function patch(entry: DraftEntry, change: Bodies): void {
  entry.body = { ...entry.body, ...change } as never;
}

function reword(entry: DraftEntry<'message'>, change: Bodies): void {
  patch(entry, { said: { ...(entry.body.said as Bodies), ...change } });
}

/** The same words by somebody else. */
function said(entry: DraftEntry<'message'>, by: string): void {
  reword(entry, { by });
  patch(entry, { by });
}

function remove(draft: Draft, entry: DraftEntry): void {
  draft.entries.splice(draft.entries.indexOf(entry), 1);
}

/** Moves an entry, or puts in a new one, `offset` places after where another stands. */
function move(draft: Draft, entry: DraftEntry, to: DraftEntry, offset: number): void {
  if (draft.entries.includes(entry)) remove(draft, entry);
  draft.entries.splice(draft.entries.indexOf(to) + offset, 0, entry);
}

function leaveOut(draft: Draft, step: StepId): void {
  for (const entry of [startOf(draft, step), settledOf(draft, step)]) remove(draft, entry);
}

function again(draft: Draft, step: StepId): void {
  const end = startOf(draft, 'deny-review');
  move(draft, { ...startOf(draft, step) }, end, 0);
}

function repeated(draft: Draft, step: StepId, before: DraftEntry): void {
  move(draft, { ...startOf(draft, step) }, before, 0);
}

function voidAfter(draft: Draft, gate: 'increase-traffic' | 'release-kill-switch'): void {
  const { nonce } = opening(draft, gate).body;
  const why = 'they have expired before they were used';
  move(draft, { at: draft.now, kind: 'approval-void', body: { gate, nonce, why } }, settledOf(draft, gate), 1);
}

function passAgain(draft: Draft, step: StepId): void {
  const settled = settledOf(draft, step);
  move(draft, { ...settled }, settled, 1);
  move(draft, { ...startOf(draft, step) }, settled, 1);
}

/** Whoever rejects a gate has the last word on it. */
function reject(draft: Draft, gate: 'begin-traffic'): void {
  const { nonce, shown } = opening(draft, gate).body;
  const by = 'dee@acme.example';
  const said = { gate, by, plan: draft.planDigest, reason: 'marketing mail goes out at noon', nonce, shown };
  say(draft, { name: 'reject', by, said }, settledOf(draft, gate));
}

/** Somebody says something that counts, right before another entry. */
function say(
  draft: Draft,
  { name, by, said: told }: { readonly name: MessageName; readonly by: string; readonly said: Bodies },
  before: DraftEntry,
): void {
  const body = { name, by, counted: true, text: 'counted', said: told, decision: null, refused: 0 };
  move(draft, { at: before.at, kind: 'message', body }, before, 0);
}

/** So long ago by the clock of the plan that it holds no more. */
function earlier(draft: Draft, entry: DraftEntry, milliseconds: number): void {
  const speed = (draft.plan['clock'] as { speed: number }).speed;
  entry.at -= Math.round(milliseconds / speed);
}

/** As if a step, and all after it, had been over so much sooner. */
function earlierAll(draft: Draft, step: StepId, milliseconds: number): void {
  const from = draft.entries.indexOf(settledOf(draft, step));
  for (const entry of draft.entries.slice(from)) entry.at -= milliseconds;
}

interface ChangeableFacts {
  request: { length: number; percent: number; limits: { errorShare: number } };
  totals: { requests: number; allowed: number };
}

function window(draft: Draft, step: StepId, change: (facts: ChangeableFacts) => void): void {
  const settled = settledOf(draft, step);
  const facts = structuredClone(draft.facts.get(settled.body.evidence as never)) as ChangeableFacts;
  change(facts);
  draft.facts.delete(settled.body.evidence as never);
  patch(settled, { evidence: draft.keep(facts) });
}

function forge(draft: Draft): void {
  signAnew(draft, firstApproval(draft), {}, 'forger');
}

/** Signed without one of its members, which is told all the same. */
function signWithout(draft: Draft, entry: DraftEntry<'message'>, member: string): void {
  signAnew(draft, entry, { [member]: undefined }, 'ed25519');
}

function signAnew(draft: Draft, entry: DraftEntry<'message'>, change: Bodies, signer: SignerName): void {
  const { name, by, said: told } = entry.body;
  const { by: _by, plan: _plan, ...body } = told as Bodies;
  draft.now = entry.at;
  patch(entry, { decision: sign(draft, { name, by, body: { ...body, ...change } }, signer) });
  draft.now = Math.max(...draft.entries.map(({ at }) => at));
}

/** Something else is shown at the first gate than what the steps had come to. */
function show(draft: Draft, change: (steps: readonly Bodies[]) => readonly Bodies[]): void {
  const opened = opening(draft, GATE_IDS[0] ?? 'begin-traffic');
  const shown = draft.facts.get(opened.body.shown) as { readonly steps: readonly Bodies[] };
  const digest = draft.keep({ ...shown, steps: change(shown.steps) });
  draft.facts.delete(opened.body.shown);
  patch(opened, { shown: digest });
  for (const entry of entriesOf(draft, 'message')) {
    const { gate } = entry.body.said as Bodies;
    if (gate === opened.body.gate) reword(entry, { shown: digest });
  }
}

function required<Item>(item: Item | undefined, name: string): Item {
  if (item === undefined) throw new Error(`the draft has no ${name}`);
  return item;
}
