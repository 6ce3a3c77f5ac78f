import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { approving } from '../../src/cli/decisions/gate.ts';
import { aborting } from '../../src/cli/decisions/orders.ts';
import { sign } from '../../src/cli/decisions/sign.ts';
import { readProgressFile } from '../../src/cli/run/progress-file.ts';
import { EMPTY_DESK } from '../../src/domain/desk.ts';
import { progressOf } from '../../src/domain/progress.ts';
import * as run from '../domain/runs.ts';
import { ROOT } from './compiled.ts';
import { fileOf, folder } from './files.ts';
import { approval, progress, step } from './views.ts';

const at = progress({ steps: [step('policy-set')], waitingFor: [approval()] });
const waitsFor = (change: object) => ({ ...at, waitingFor: [{ ...approval(), ...change }] });
const without = (field: keyof typeof at) => Object.fromEntries(Object.entries(at).filter(([name]) => name !== field));
const read = (content: unknown) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return readProgressFile(fileOf('progress.json', text), process.stdin);
};

describe('The answer of the progress query', () => {
  it('is read as the Temporal UI shows it', async () => {
    expect(await read(at)).toEqual(at);
  });

  it('is read whatever a go-live waits for', async () => {
    const asks = [run.approval, run.attestationOf('role-review', null), run.review, run.recheck, run.hands];
    const answered = progressOf(run.runOf({ desk: run.deskOf(asks, { held: run.hold }), evidence: run.evidence }));
    expect(answered.waitingFor).toHaveLength(6);
    expect(await read(answered)).toEqual(answered);
    const unknown = { tenant: null, environment: null, release: null, trust: null, plan: null };
    const early = progressOf(run.runOf({ ...unknown, steps: [], desk: EMPTY_DESK }));
    expect(await read(early)).toEqual(early);
  });

  it('is read also where a byte order mark stands before it', async () => {
    expect(await read(`\uFEFF${JSON.stringify(at)}`)).toEqual(at);
  });

  it('is read as the temporal command prints it: wrapped, and with null for an empty list', async () => {
    const printed = { ...at, steps: at.steps.map((it) => ({ ...it, reasons: null })), waitingFor: null };
    const reading = await read({ queryResult: [printed] });
    expect(reading.waitingFor).toEqual([]);
    expect(reading.steps[0]?.reasons).toEqual([]);
  });

  it.each([['not JSON'], [[]], [{}], [{ queryResult: [] }], [{ ...at, version: 2 }], [{ ...at, waitingFor: [{}] }]])(
    'is nothing else: %j',
    async (content) => {
      await expect(read(content)).rejects.toMatchObject({ exitCode: 2 });
    },
  );

  it.each([
    ['a gate that there is not', waitsFor({ what: 'begin' }), 'waitingFor.0.what'],
    ['a control that there is not', waitsFor({ kind: 'attestation', what: 'begin-traffic' }), 'waitingFor.0.what'],
    ['a step that there is not', waitsFor({ kind: 'recheck', what: 'everything' }), 'waitingFor.0.what'],
    ['an open gate without its nonce', waitsFor({ nonce: undefined }), 'waitingFor.0.nonce'],
    ['nothing of the evidence', without('evidence'), 'evidence'],
    ['nothing of the kill switch', without('killSwitch'), 'killSwitch'],
    ['a step in no state', { ...at, steps: [{ ...step('policy-set'), status: 'fine' }] }, 'steps.0.status'],
  ])('is not believed with %s', async (_what, content, place) => {
    const message = expect.stringContaining(`: look at ${place}.`);
    await expect(read(content)).rejects.toMatchObject({ exitCode: 2, message });
  });
});

describe('Signing by the answer of a go-live', () => {
  const { stdin, stdout, stderr } = process;
  const interrupted = new AbortController().signal;
  const surroundings = { root: ROOT, env: {}, in: stdin, out: stdout, err: stderr, interrupted };

  it('is refused for another go-live than the one that is named', async () => {
    const options = { progress: fileOf('progress.json', JSON.stringify(at)), workflowId: 'golive/other/production' };
    await expect(sign('approve', approving({}), options, surroundings)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(`tells of ${at.golive}, not of golive/other/production`),
    });
  });

  it('is refused without a usable key, also for what could be sent without one', async () => {
    const file = fileOf('progress.json', JSON.stringify({ ...at, trust: 'signed' }));
    const options = { progress: file, key: join(folder(), 'lost.key.json'), by: 'ben@acme.example' };
    await expect(sign('abort', aborting({ reason: 'x' }), options, surroundings)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('there is no such file'),
    });
  });
});
