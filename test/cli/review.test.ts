import { describe, expect, it } from 'vitest';
import { reviewing } from '../../src/cli/decisions/review.ts';
import type { Waiting } from '../../src/domain/run.ts';
import { atGate, played, SHOWN } from './scenes.ts';
import { second, waitingFor } from './views.ts';

describe('Reviewing', () => {
  const ids = ['evt_1', 'evt_2', 'evt_3'];
  const denials = ids.map((id) => ({ id, at: second(1), actor: 'agent-1', policy: 'payments', reason: 'NO_MATCH' }));
  const sample: Waiting = {
    ...waitingFor('recheck', 'deny-review'),
    kind: 'review',
    what: SHOWN,
    items: ids,
    denials,
    need: 3,
  };
  const reviewed = atGate({}, { waitingFor: [sample] });
  const scene = { progress: reviewed, by: 'dee@acme.example' } as const;
  const untold = reviewing({ incorrect: [] });

  it('walks through the sample one by one; who stops keeps what was judged', async () => {
    const answers = ['correct', 'incorrect', 'refunds are fine', 'stop', true];
    const { sent, happened } = await played('review', untold, { ...scene, answers });
    expect(happened.filter((entry) => entry.startsWith('asked'))).toEqual([
      'asked: 1 of 3  evt_1',
      'asked: 2 of 3  evt_2',
      'asked: Why should it have been allowed?',
      'asked: 3 of 3  evt_3',
      'asked: Send it? An incorrect denial blocks the go-live.',
    ]);
    expect(sent.map(({ body }) => body)).toMatchObject([
      {
        sample: SHOWN,
        verdicts: [
          { id: 'evt_1', correct: true },
          { id: 'evt_2', correct: false, note: 'refunds are fine' },
        ],
      },
    ]);
  });

  it('leaves out what is skipped', async () => {
    const { sent } = await played('review', untold, {
      ...scene,
      answers: ['skip', 'noted', 'as planned', 'skip', true],
    });
    expect(sent.map(({ body }) => body)).toMatchObject([
      { verdicts: [{ id: 'evt_2', correct: true, note: 'as planned' }] },
    ]);
  });

  it('sends nothing when nothing was judged', async () => {
    const { sent, result } = await played('review', untold, { ...scene, answers: ['skip', 'skip', 'skip'] });
    expect(sent).toEqual([]);
    expect(result).toHaveProperty('settled');
  });

  it('calls nothing correct by itself where nobody can be asked', async () => {
    const { sent, result } = await played('review', untold, { ...scene, yes: true });
    expect(sent).toEqual([]);
    expect(result).toMatchObject({ exitCode: 2, message: expect.stringContaining('--all-correct') });
  });

  it('takes all as correct but for those that are named', async () => {
    const incorrect = [{ id: 'evt_2', correct: false, note: 'refunds are fine' }];
    const { sent } = await played('review', reviewing({ allCorrect: true, incorrect }), { ...scene, yes: true });
    const { verdicts } = Object(sent[0]?.body) as { verdicts: { id: string; correct: boolean }[] };
    expect(Object.fromEntries(verdicts.map(({ id, correct }) => [id, correct]))).toEqual({
      evt_1: true,
      evt_2: false,
      evt_3: true,
    });
  });

  it('knows nothing of denials that are not in the sample', async () => {
    const incorrect = [{ id: 'evt_9', correct: false, note: 'x' }];
    const { result } = await played('review', reviewing({ incorrect }), { ...scene, yes: true });
    expect(result).toMatchObject({ exitCode: 3, message: expect.stringContaining('evt_9') });
  });

  it('is sent in as many messages as a signed one has room for', async () => {
    const many = Array.from({ length: 300 }, (_, index) => `evt_${String(index).padStart(40, '0')}`);
    const large = atGate({}, { waitingFor: [{ ...sample, items: many, need: 300 }] });
    const { sent } = await played('review', reviewing({ allCorrect: true, incorrect: [] }), {
      ...scene,
      progress: large,
      yes: true,
    });
    expect(sent.length).toBeGreaterThan(1);
    expect(Math.max(...sent.map(({ body }) => JSON.stringify(body).length))).toBeLessThan(5_500);
    const told = sent.flatMap(({ body }) => (body as { verdicts: { id: string }[] }).verdicts.map(({ id }) => id));
    expect(told).toEqual(many);
    expect(new Set(sent.map(({ id }) => id)).size).toBe(sent.length);
  });
});
