import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord, signalCommand } from '../../src/domain/commands.ts';

const run = promisify(execFile);

/** What a shell hands to the program `temporal`, one word a line, hexadecimal so that no character can confuse the reading. */
const TEMPORAL = `temporal() { for word in "$@"; do printf %s "$word" | od -An -v -tx1 | tr -d ' \\n'; echo; done; }\n`;

async function wordsInShell(command: string): Promise<string[]> {
  const { stdout } = await run('sh', ['-c', TEMPORAL + command], { env: { PATH: process.env['PATH'] ?? '' } });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((hex) => Buffer.from(hex, 'hex').toString('utf8'));
}

/** Anything that can stand in an argument: a shell cannot hold a zero, and half a character has no bytes. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.string({
      unit: fc.constantFrom("'", '"', '\\', '$', '`', '\n', ' ', ';', '&', '!', '*', '(', 'a'),
      minLength: 1,
    }),
  )
  .filter((it) => !it.includes('\0'));

describe('a command to paste', () => {
  it('reaches the program with the id and the body as they were, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(text, fc.dictionary(text, fc.oneof(text, fc.boolean())), async (id, body) => {
        const before = ['workflow', 'signal', '--workflow-id', id, '--name', 'approve', '--input'];
        expect(await wordsInShell(signalCommand(id, 'approve', body))).toEqual([...before, JSON.stringify(body)]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('runs nothing that an id or a body contains', async () => {
    const evil = `'; echo INJECTED; $(echo INJECTED) \`echo INJECTED\` "`;
    const words = await wordsInShell(signalCommand(evil, 'hold', { by: evil, reason: evil }));
    expect(words).toHaveLength(8);
    expect(words[3]).toBe(evil);
    expect(JSON.parse(words[7] ?? '')).toEqual({ by: evil, reason: evil });
  });

  it('stays readable where nothing needs quotes', () => {
    expect(signalCommand('golive/tenant_acme_prod/production', 'recheck', { by: 'you' })).toBe(
      `temporal workflow signal --workflow-id golive/tenant_acme_prod/production --name recheck --input '{"by":"you"}'`,
    );
  });
});

describe('one word for a shell', () => {
  it.each([
    ['golive/a/b', 'golive/a/b'],
    ['two words', `'two words'`],
    ["it's", String.raw`'it'\''s'`],
    ['', `''`],
    ['~root', `'~root'`],
  ])('%j is written as %s', (word, written) => {
    expect(shellWord(word)).toBe(written);
  });
});
