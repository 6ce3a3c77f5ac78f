import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../src/cli/screen/changes.ts';
import { textOf } from '../../src/cli/screen/change-text.ts';
import { line, unpainted } from '../../src/cli/screen/lines.ts';
import type { Progress } from '../../src/domain/run.ts';
import { approval, hold, progress, second, step } from './views.ts';

const told = (before: Progress | undefined, after: Progress) =>
  changesBetween(before, after).map((change) => line(textOf(change), 200, unpainted));

describe('What is new between two looks', () => {
  it('is nothing when nothing happened', () => {
    const same = progress({ steps: [step('policy-set')], waitingFor: [approval()] });
    expect(told(same, { ...same })).toEqual([]);
  });

  it('is everything at the first look', () => {
    const first = progress({ steps: [step('policy-set')], traffic: { percent: 0, confirmed: true } });
    expect(told(undefined, first)).toEqual([
      'preflight: checking',
      '✔ policy-set as it should be (1.0 s)',
      'traffic 0 % confirmed',
    ]);
  });

  it('includes a step that began and ended in between', () => {
    expect(told(progress(), progress({ steps: [step('policy-set')] }))).toEqual([
      '✔ policy-set as it should be (1.0 s)',
    ]);
  });

  it('includes a step that begins anew, such as a gate that is opened again', () => {
    const gate = { status: 'running', endedAt: null } as const;
    const before = progress({ steps: [step('release-kill-switch', gate)] });
    const after = progress({ steps: [step('release-kill-switch', { ...gate, startedAt: second(9) })] });
    expect(told(before, after)).toEqual(['▶ release-kill-switch Approve releasing the kill switch']);
  });

  it('tells an asked share from a confirmed one', () => {
    const at = (percent: number, confirmed: boolean) => progress({ traffic: { percent, confirmed } });
    expect(told(at(0, true), at(5, false))).toEqual(['traffic 5 % asked for']);
    expect(told(at(5, false), at(5, true))).toEqual(['traffic 5 % confirmed']);
  });

  it('tells every approval that is counted', () => {
    const before = progress({ waitingFor: [approval()] });
    const after = progress({ waitingFor: [approval({ have: 1 })] });
    expect(told(before, after)).toEqual([
      '… waits for approval of begin-traffic, 1 of 2, from ben@acme.example, chi@acme.example, dee@acme.example',
    ]);
  });

  it('tells why a go-live is held', () => {
    expect(told(progress(), progress({ waitingFor: [hold()] }))).toEqual([
      '… waits for resume, held by golive: the share was moved to 40 % by somebody else',
    ]);
  });

  it('tells refusals once each, also when only the latest are kept', () => {
    const refusal = (by: string) => ({ at: second(1), name: 'approve', by, why: 'the requester cannot approve' });
    const before = progress({ messages: { accepted: 0, refusedInAll: 20, refused: [refusal('ana@acme.example')] } });
    const after = progress({
      messages: { accepted: 0, refusedInAll: 21, refused: [refusal('ana@acme.example'), refusal('eve@acme.example')] },
    });
    expect(told(before, after)).toEqual(['refused: approve by eve@acme.example: the requester cannot approve']);
  });

  it('tells why a run stops before what follows from it', () => {
    const ending = { outcome: 'rolled-back', why: 'breach', by: null, at: second(3) } as const;
    const after = progress({ state: 'rolling-back', phase: 'rollback', ending, killSwitch: 'on' });
    expect(told(progress(), after)).toEqual([
      'stopped, rolled-back: breach',
      'rollback: rolling-back',
      'kill switch on',
    ]);
  });

  it('tells what people could not be told, once', () => {
    const lastProblem = { at: second(1), notice: 'BREACH: errors', why: 'PagingFailed: 1 of 1 pagers did not accept' };
    const after = progress({ notifications: { failed: 2, lastProblem } });
    expect(told(progress(), after)).toEqual([
      'could not be told: BREACH: errors (PagingFailed: 1 of 1 pagers did not accept)',
    ]);
    expect(told(after, after)).toEqual([]);
  });
});
