import { describe, expect, it } from 'vitest';
import { decideAndSend } from '../../src/cli/decisions/deliver.ts';
import { approving } from '../../src/cli/decisions/gate.ts';
import { Unreachable } from '../../src/cli/run/trouble.ts';
import { Interrupted } from '../../src/cli/surroundings.ts';
import { atGate, PLAN, played, SHOWN } from './scenes.ts';
import { progress, step } from './views.ts';

describe('Approving', () => {
  it('shows what is approved before it asks, and asks before it sends', async () => {
    const { happened, shown } = await played('approve', approving({}), { progress: atGate(), answers: [true] });
    expect(happened.filter((entry, index) => entry !== happened[index - 1])).toEqual([
      'shown',
      'asked: Approve begin-traffic?',
      'sent: approve',
    ]);
    expect(`\n${shown.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      golive/tenant_acme_prod/production waiting
      TRUST: NAMESPACE: whoever may write there is believed.
      release  2026-11-22.1: Payments agents behind Intended
      asked by ana@acme.example
      plan     sha256:07ad26ebd03a49622db0f6018f48a164a21fc53bf60a2609ebd45fb248d41652
      traffic  0 %; kill switch off
      policy   payments-guardrails pv_42, rolled back to pv_41
               data-access pv_17, rolled back to pv_16

      gate     begin-traffic: Approve the first traffic
      allows   traffic to 5 %, watched for 30m
      evidence sha256:eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
      nonce    n1
      until    2026-11-22 10:03:00 UTC, 2:18 left
      approved 1 of 2, by ben@acme.example
      from     ben@acme.example, chi@acme.example, dee@acme.example

      ✔ policy-set              pass  2 planned versions are active, nothing else
      ✔ kill-switch-drill       pass  a probe was denied 5 ms after the halt; attested
                                by ben@acme.example

      you      chi@acme.example, not signed: names are believed here

      "
    `);
  });

  it('is bound to the plan, the opening of the gate and the evidence that was shown', async () => {
    const { sent } = await played('approve', approving({ reason: 'checked' }), { progress: atGate(), yes: true });
    expect(sent.map(({ body }) => body)).toEqual([
      {
        gate: 'begin-traffic',
        by: 'chi@acme.example',
        plan: PLAN.digest,
        nonce: 'n1',
        shown: SHOWN,
        reason: 'checked',
      },
    ]);
  });

  it.each([
    ['"no" is answered', [false], 1],
    ['Ctrl-C is pressed', [], undefined],
    ['nobody can be asked and nothing says --yes', null, 2],
  ])('sends nothing when %s', async (_when, answers, exitCode) => {
    const { sent, happened, result } = await played('approve', approving({}), { progress: atGate(), answers });
    expect(happened).toContain('shown');
    expect(sent).toEqual([]);
    expect(result).toBeInstanceOf(Error);
    expect(result).toMatchObject(exitCode === undefined ? {} : { exitCode });
  });

  it('is refused, with what is waited for instead, when the gate is not open', async () => {
    const other = await played('approve', approving({ gate: 'increase-traffic' }), { progress: atGate(), yes: true });
    expect(other.result).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('waits for approval of begin-traffic, 1 of 2'),
    });
    const none = await played('approve', approving({}), { progress: progress({ plan: PLAN.digest }), yes: true });
    expect(none.result).toMatchObject({ exitCode: 3, message: expect.stringContaining('waits for nobody') });
  });

  it('is refused where the run names another plan than the one it was started with', async () => {
    const forged = atGate({}, { plan: `sha256:${'0'.repeat(64)}` });
    const { sent, result } = await played('approve', approving({}), { progress: forged, yes: true });
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ exitCode: 3, message: expect.stringContaining('decide nothing there') });
  });

  it('says that it knows the digest alone where the plan cannot be read', async () => {
    const { shown } = await played('approve', approving({}), { progress: atGate(), plan: null, yes: true });
    expect(shown.join('\n')).toContain('its text cannot be read here; only its digest is known');
  });

  it('needs to know who approves, and guesses no name', async () => {
    const { sent, result } = await played('approve', approving({}), { progress: atGate(), by: '', yes: true });
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ exitCode: 2, message: expect.stringContaining('--by') });
  });

  it('shows nothing that could move the cursor', async () => {
    const steps = [step('policy-set', { summary: 'fine\u001b[2J\u001b[H' })];
    const { shown } = await played('approve', approving({}), { progress: atGate({}, { steps }), yes: true });
    expect(shown.join('\n')).not.toContain('\u001b');
  });
});

it.each([
  [new Unreachable('The Temporal server answers, but no worker does.'), 6],
  [new Interrupted('SIGINT'), 130],
])('When no answer comes it is said that it may have counted, and how to find out: %s', async (why, exitCode) => {
  const at = atGate();
  const line = {
    workflowId: at.golive,
    progress: () => Promise.resolve(at),
    startedPlan: () => Promise.resolve(PLAN),
    send: () => Promise.reject(why),
  };
  const wish = { by: 'chi@acme.example', yes: true } as const;
  const setting = { line, wish, env: {}, ask: undefined, show: () => undefined };
  await expect(decideAndSend(line, 'approve', approving({}), setting)).rejects.toMatchObject({
    exitCode,
    message: expect.stringContaining('whether it counted is not known: `golive status'),
  });
});
