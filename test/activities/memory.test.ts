import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { compile, ended, linesOf, type Program } from '../support/processes.ts';
import { startStage, type Stage } from './stage.ts';

const MOST_MEGABYTES = 200;
const READ_OPERATIONS = ['getEmergencyState', 'getShare', 'getMetrics'];

const report = z.object({ answers: z.number(), megabytes: z.number() });

let reader: Program;
let stage: Stage;
beforeAll(() => {
  reader = compile('activities/reader.ts');
}, 60_000);
afterAll(() => reader.remove());
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage.close());

describe.each([
  { name: 'a body that never ends', kind: 'endless-body' },
  { name: 'a gzip bomb', kind: 'gzip-bomb' },
] as const)('a platform that answers with $name', ({ kind }) => {
  beforeEach(() => {
    for (const operationId of READ_OPERATIONS) {
      stage.sandbox.control.arm({ kind: 'call', operationId, effect: { kind }, times: 'always' });
    }
  });

  it('has none of it taken for an answer, and takes little of our memory', async () => {
    const { answers, megabytes } = await read('golive');
    expect(answers).toBe(0);
    expect(megabytes).toBeLessThan(MOST_MEGABYTES);
  });

  it('would fill the memory of a reader without a limit', async () => {
    const { megabytes } = await read('anybody');
    expect(megabytes).toBeGreaterThan(MOST_MEGABYTES);
  });
});

async function read(who: 'golive' | 'anybody'): Promise<z.output<typeof report>> {
  const child = reader.start(stage.config, who);
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = linesOf(child, () => undefined);
  expect(await ended(child)).toBe(0);
  return report.parse(JSON.parse(lines.join('')));
}
