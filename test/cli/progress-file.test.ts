import { describe, expect, it } from 'vitest';
import { readProgressFile } from '../../src/cli/run/progress-file.ts';
import { fileOf } from './files.ts';
import { approval, progress, step } from './views.ts';

const at = progress({ steps: [step('policy-set')], waitingFor: [approval()] });
const read = (content: unknown) => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return readProgressFile(fileOf('progress.json', text), process.stdin);
};

describe('The answer of the progress query', () => {
  it('is read as the Temporal UI shows it', async () => {
    expect(await read(at)).toEqual(at);
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
});
