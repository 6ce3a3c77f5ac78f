import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keySetIn, publicKeyIn } from '../../src/cli/evidence/place.ts';
import { readSigningKey } from '../../src/cli/keys/key-file.ts';
import { readPlanDocument } from '../../src/cli/plan/document.ts';
import { readText } from '../../src/cli/read-text.ts';
import { readProgressFile } from '../../src/cli/run/progress-file.ts';
import { fileOf, folder } from './files.ts';

/** Everything that reads a file which somebody named. */
const READERS = [
  ['a plan', readPlanDocument],
  ['a private key', readSigningKey],
  ['a public key', publicKeyIn],
  ['a set of public keys', keySetIn],
  ['the answer of a query', (file: string) => readProgressFile(file, process.stdin)],
] as const;

describe.each(READERS)('A file that should hold %s', (_what, read) => {
  it('is told to be missing', async () => {
    const file = join(folder(), 'nowhere');
    const message = `${file} cannot be read: there is no such file.`;
    await expect(read(file)).rejects.toMatchObject({ exitCode: 2, message });
  });

  it('is told to be a directory', async () => {
    const directory = folder();
    const message = `${directory} cannot be read: it is a directory, name a file.`;
    await expect(read(directory)).rejects.toMatchObject({ exitCode: 2, message });
  });

  it('has to be named', async () => {
    const message = 'A path is empty: say which file is meant.';
    await expect(read('')).rejects.toMatchObject({ exitCode: 2, message });
  });
});

it('A file that belongs to somebody else is told to be forbidden', async (context) => {
  context.skip(process.getuid?.() === 0, 'root may read everything');
  const file = fileOf('secret', 'x');
  chmodSync(file, 0o000);
  const message = `${file} cannot be read: you are not permitted to.`;
  await expect(readText(file)).rejects.toMatchObject({ exitCode: 2, message });
});

it('A file below something that is no folder is missing', async () => {
  const file = join(fileOf('a-file', 'x'), 'below');
  await expect(readText(file)).rejects.toMatchObject({ message: expect.stringContaining('there is no such file') });
});
