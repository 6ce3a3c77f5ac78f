import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const HOUSE = resolve(import.meta.dirname, '../..');

/** A compiled program that can be started as a process, since Node 20 runs no TypeScript. */
export interface Program {
  /** The compiled file. */
  readonly script: string;
  readonly start: (...words: readonly (string | number)[]) => ChildProcess;
  readonly remove: () => void;
}

/** Compiles a file (its path below `test`) and what it imports, and loads later on, into a directory of its own. */
export function compile(file: string, ...later: readonly string[]): Program {
  const directory = mkdtempSync(join(tmpdir(), 'golive-program-'));
  const settings = {
    extends: join(HOUSE, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      rootDir: HOUSE,
      outDir: directory,
      typeRoots: [join(HOUSE, 'node_modules/@types')],
    },
    files: [file, ...later].map((name) => join(HOUSE, 'test', name)),
    include: [],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(settings));
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const name of ['node_modules', 'contract']) symlinkSync(join(HOUSE, name), join(directory, name));
  execFileSync(process.execPath, [join(HOUSE, 'node_modules/@typescript/native/bin/tsc'), '-p', directory]);
  const script = join(directory, 'test', file.replace(/\.ts$/, '.js'));
  return {
    script,
    start: (...words) =>
      spawn(process.execPath, [script, ...words.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] }),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** How a process ended: its exit code, or the signal that killed it. */
export function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('close', (code, signal) => settle(code ?? signal ?? 1));
  });
}

/** What a process says, line by line; the list grows while it runs, and `seen` hears each line. */
export function linesOf(child: ChildProcess, seen: (line: string) => void): readonly string[] {
  const lines: string[] = [];
  if (child.stdout === null) throw new Error('the process has no standard output');
  createInterface(child.stdout).on('line', (line) => {
    lines.push(line);
    seen(line);
  });
  return lines;
}
