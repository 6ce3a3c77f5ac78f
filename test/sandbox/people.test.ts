import { describe, expect, it } from 'vitest';
import type { Progress, Waiting } from '../../src/domain/run.ts';
import type { Saying } from '../../src/sandbox/answers.ts';
import { converse, People, type Conversation } from '../../src/sandbox/people.ts';

const PLAN = 'sha256:5f0c';
const REAL = 1;
const FAST = 1440;

function waiting(kind: Waiting['kind'], what: string, patch: Partial<Waiting> = {}): Waiting {
  return { kind, what, have: 0, need: 1, from: ['anybody'], until: '2026-11-22T10:30:00.000Z', how: '', ...patch };
}

function progress(...waitingFor: Waiting[]): Progress {
  return {
    version: 1,
    golive: 'g',
    tenant: 't',
    environment: 'e',
    release: 'r',
    rehearsal: true,
    trust: 'namespace',
    plan: PLAN,
    state: 'waiting',
    phase: 'rollout',
    step: null,
    killSwitch: 'off',
    ending: null,
    evidence: null,
    traffic: { percent: 0, confirmed: true },
    messages: { accepted: 0, refusedInAll: 0, refused: [] },
    notifications: { failed: 0, lastProblem: null },
    steps: [],
    waitingFor,
  };
}

const gate = waiting('approval', 'begin-traffic', { nonce: 'n1', need: 2 });

/** Lets people live with the same situation until `until`, looking every 100 ms, and hears whatever they say. */
function saidUntil(
  people: People,
  situation: Progress,
  until: number,
  from = 0,
): (Saying & { at: number })[] | 'gave up' {
  const said: (Saying & { at: number })[] = [];
  for (let now = from; now <= until; now += 100) {
    const due = people.due(situation, now);
    if (due === 'give up') return 'gave up';
    for (const saying of due) {
      people.heard(saying);
      said.push({ ...saying, at: now });
    }
  }
  return said;
}

describe('The people of the sandbox', () => {
  it('approve as two, one after the other, and never twice', () => {
    const said = saidUntil(new People(FAST), progress(gate), 60_000);
    expect(said).toMatchObject([
      { name: 'approve', body: { gate: 'begin-traffic', by: 'ben@acme.example', plan: PLAN, nonce: 'n1' } },
      { name: 'approve', body: { gate: 'begin-traffic', by: 'chi@acme.example', plan: PLAN, nonce: 'n1' } },
    ]);
  });

  it('approve anew when a gate is opened again', () => {
    const people = new People(FAST);
    saidUntil(people, progress(gate), 10_000);
    expect(saidUntil(people, progress({ ...gate, nonce: 'n2' }), 30_000, 20_000)).toHaveLength(2);
  });

  it('think before they speak, as long as the clock of the plan makes it, and never longer than five seconds', () => {
    const first = (people: People) => {
      const said = saidUntil(people, progress(gate), 60_000);
      return said === 'gave up' ? undefined : said[0]?.at;
    };
    expect(first(new People(FAST))).toBe(900);
    expect(first(new People(REAL))).toBe(5_000);
  });

  it('vouch as the owner of a control, for the facts they see, and as ben where nobody owns it', () => {
    const controls = progress(
      waiting('attestation', 'on-call', { from: ['chi@acme.example'], facts: 'sha256:aa' }),
      waiting('attestation', 'incident-channel', { from: ['anybody but the requester'] }),
    );
    expect(saidUntil(new People(FAST), controls, 5_000)).toMatchObject([
      { name: 'attest', body: { control: 'on-call', by: 'chi@acme.example', facts: 'sha256:aa' } },
      { name: 'attest', body: { control: 'incident-channel', by: 'ben@acme.example' } },
    ]);
  });

  it('review every denial of the sample', () => {
    const sample = waiting('review', 'sha256:77', { from: ['dee@acme.example'], items: ['evt_1', 'evt_2'] });
    expect(saidUntil(new People(FAST), progress(sample), 5_000)).toMatchObject([
      {
        name: 'review',
        body: { sample: 'sha256:77', by: 'dee@acme.example', verdicts: [{ id: 'evt_1' }, { id: 'evt_2' }] },
      },
    ]);
  });

  it('recheck what is blocked once, and abort with the reason when it is blocked again', () => {
    const people = new People(FAST);
    const blocked = waiting('recheck', 'audit-pipeline');
    expect(saidUntil(people, progress(blocked), 5_000)).toMatchObject([
      { name: 'recheck', body: { by: 'ana@acme.example', step: 'audit-pipeline' } },
      { name: 'abort' },
    ]);
  });

  it('name the reason of the step when they abort', () => {
    const people = new People(FAST);
    const situation = progress(waiting('recheck', 'audit-pipeline'));
    const record = { id: 'audit-pipeline', reasons: ['our own events did not appear'] } as const;
    const shape = { phase: 'preflight', title: '', runbook: [], status: 'blocked', verdict: 'fail' } as const;
    const times = { startedAt: '', endedAt: null, deadline: null, summary: '', evidence: null, subject: null };
    const said = saidUntil(people, { ...situation, steps: [{ ...record, ...shape, ...times }] }, 5_000);
    expect(said).toMatchObject([
      { name: 'recheck' },
      { body: { by: 'chi@acme.example', reason: 'audit-pipeline is still blocked: our own events did not appear' } },
    ]);
  });

  it('retry a rollback after ten seconds each, three times at most, and then give up', () => {
    const people = new People(FAST);
    const hands = progress(waiting('hands', 'policy-rollback', { until: null }));
    const said = saidUntil(people, hands, 35_000);
    expect(said).toMatchObject([
      { name: 'retryRollback', at: 10_000 },
      { name: 'retryRollback', at: 20_100 },
      { name: 'retryRollback', at: 30_200 },
    ]);
    expect(saidUntil(people, hands, 60_000, 35_100)).toBe('gave up');
  });

  it('repeat, with the same key, what was not heard', () => {
    const people = new People(FAST);
    people.due(progress(gate), 0);
    const [first] = people.due(progress(gate), 900);
    const [again] = people.due(progress(gate), 1_000);
    expect(first).toBeDefined();
    expect(again).toEqual(first);
  });
});

describe('A conversation', () => {
  it('survives calls that fail, and ends when the evidence is sealed', async () => {
    let asked = 0;
    const said: string[] = [];
    const line: Conversation = {
      ask: () => {
        asked += 1;
        if (asked === 1) return Promise.reject(new Error('unavailable'));
        const evidence = { path: 'p', manifest: 'sha256:1' } as const;
        return Promise.resolve(said.length < 2 ? progress(gate) : { ...progress(), evidence });
      },
      say: ({ key }) => {
        said.push(key);
        return said.length === 1 ? Promise.reject(new Error('answer lost')) : Promise.resolve();
      },
    };
    const ending = await converse(line, { speed: 10_000, signal: AbortSignal.timeout(10_000) });
    expect(ending).toBe('ended');
    expect(said[1]).toBe(said[0]);
  });

  it('stops when it is told to, although every call fails', async () => {
    const closing = () => Promise.reject(new Error('the server is closing'));
    const stop = new AbortController();
    const ending = converse({ ask: closing, say: closing }, { speed: FAST, signal: stop.signal });
    stop.abort();
    expect(await ending).toBe('stopped');
  });
});
