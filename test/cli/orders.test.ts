import { userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { withWayOut } from '../../src/cli/decisions/deliver.ts';
import { approving, rejecting } from '../../src/cli/decisions/gate.ts';
import { aborting, holding, rechecking, resuming } from '../../src/cli/decisions/orders.ts';
import { Unreachable } from '../../src/cli/run/trouble.ts';
import { atGate, played, SHOWN } from './scenes.ts';
import { step, waitingFor } from './views.ts';

describe('What stops or repeats something', () => {
  it('aborts without a question and without a reason where nobody can be asked', async () => {
    const { sent } = await played('abort', aborting({}), { progress: atGate() });
    expect(sent.map(({ body }) => body)).toEqual([{ by: 'chi@acme.example', reason: 'no reason was given' }]);
  });

  it.each(['', '  '])('takes a blank reason for none: %j', async (reason) => {
    const { sent } = await played('abort', aborting({ reason }), { progress: atGate() });
    expect(sent.map(({ body }) => body)).toMatchObject([{ reason: 'no reason was given' }]);
    const told = { progress: atGate(), answers: ['call', true] } as const;
    expect((await played('hold', holding({ reason }), told)).sent).toMatchObject([{ body: { reason: 'call' } }]);
    const approved = await played('approve', approving({ reason }), { progress: atGate(), yes: true });
    expect(approved.sent[0]?.body).not.toHaveProperty('reason');
  });

  it('aborts in the name of the account where nobody says who it is', async () => {
    const { sent } = await played('abort', aborting({}), { progress: atGate(), by: '' });
    expect(sent.map(({ body }) => body)).toMatchObject([{ by: userInfo().username }]);
  });

  it('aborts also where the run names another plan', async () => {
    const { sent } = await played('abort', aborting({}), {
      progress: atGate({}, { plan: `sha256:${'0'.repeat(64)}` }),
    });
    expect(sent).toHaveLength(1);
  });

  it('says what an abort will do, and asks on a terminal', async () => {
    const live = atGate({}, { steps: [step('low-traffic')], traffic: { percent: 25, confirmed: true } });
    const { happened, shown } = await played('abort', aborting({ reason: 'x' }), { progress: live, answers: [true] });
    expect(happened).toContain('asked: Abort golive/tenant_acme_prod/production?');
    expect(shown.join(' ')).toContain('kill switch on, traffic to 0 %');
  });

  it.each([
    ['before its first step', atGate({}, { traffic: { percent: null, confirmed: false } }), 'no traffic has moved'],
    [
      'while something is read before the first move',
      atGate({}, { steps: [step('low-traffic', { status: 'blocked' })], traffic: { percent: 0, confirmed: true } }),
      'no traffic has moved',
    ],
    [
      'whose first move met somebody else at the router',
      atGate({}, { steps: [step('low-traffic', { status: 'running' })], traffic: { percent: 0, confirmed: false } }),
      'kill switch on, traffic to 0 %',
    ],
  ])('says it of a go-live %s', async (_when, progress, words) => {
    const { shown } = await played('abort', aborting({ reason: 'x' }), { progress, answers: [true] });
    expect(shown.join(' ')).toContain(words);
  });

  it.each([
    [{ by: 'ana@acme.example', reason: 'denials' }, {}, '{"by":"ana@acme.example","reason":"denials"}'],
    [{ by: '', reason: ' ' }, { GOLIVE_BY: 'ben@acme.example' }, '{"by":"ben@acme.example","reason":"…"}'],
    [{}, {}, '{"by":"you","reason":"…"}'],
  ])('shows how to stop without a worker, with what it was told: %j', (wish, env, body) => {
    const line = { workflowId: 'golive/acme/production' };
    const { message } = withWayOut(new Unreachable('No worker answers.'), line, 'abort', { wish, env });
    expect(message).toContain(`--name abort --input '${body}'`);
  });

  it('rejects with a reason', async () => {
    const { result } = await played('reject', rejecting({}), { progress: atGate() });
    expect(result).toMatchObject({ exitCode: 2, message: expect.stringContaining('--reason') });
    const { sent } = await played('reject', rejecting({ reason: 'mail goes out at noon' }), { progress: atGate() });
    expect(sent[0]?.body).toMatchObject({ gate: 'begin-traffic', nonce: 'n1', reason: 'mail goes out at noon' });
  });

  const held = atGate(
    {},
    {
      waitingFor: [
        { ...waitingFor('recheck', 'policy-set'), kind: 'resume', what: 'the share', about: ['somebody moved it'] },
      ],
    },
  );

  it('shows what holds the run before it asks whether to resume, and does not without a yes', async () => {
    const { happened, shown } = await played('resume', resuming({}), { progress: held, answers: [true] });
    expect(happened.slice(-2)).toEqual(['asked: Resume?', 'sent: resume']);
    expect(shown.join(' ')).toContain('somebody moved it');
    expect((await played('resume', resuming({}), { progress: held, answers: [false] })).sent).toEqual([]);
    expect((await played('resume', resuming({}), { progress: held, yes: true })).sent).toHaveLength(1);
  });

  it('holds, and resumes only what is held', async () => {
    expect((await played('hold', holding({ reason: 'call' }), { progress: atGate() })).sent).toHaveLength(1);
    expect((await played('resume', resuming({}), { progress: held })).sent).toHaveLength(1);
    expect((await played('resume', resuming({}), { progress: atGate() })).result).toMatchObject({ exitCode: 3 });
  });

  it('rechecks with what to mend in view', async () => {
    const steps = [step('audit-pipeline', { status: 'blocked', reasons: ['the newest event is 5 minutes old'] })];
    const blocked = atGate({}, { steps, waitingFor: [waitingFor('recheck', 'audit-pipeline')] });
    const { sent, shown } = await played('recheck', rechecking({}), { progress: blocked });
    expect(shown.join(' ')).toContain('the newest event is 5 minutes old');
    expect(sent.map(({ body }) => body)).toEqual([{ by: 'chi@acme.example' }]);
  });

  it('decides nothing about a go-live whose evidence is sealed', async () => {
    const sealed = atGate({}, { state: 'live', evidence: { path: 'a', manifest: SHOWN } });
    const { sent, result } = await played('abort', aborting({}), { progress: sealed });
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ exitCode: 3 });
  });
});
