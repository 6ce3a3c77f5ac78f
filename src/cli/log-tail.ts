import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const BYTES = 16_384;
const LINES = 15;

/** The last lines of a log; empty when there is none. */
export function lastLines(file: string): string[] {
  try {
    const log = openSync(file, 'r');
    try {
      const { size } = fstatSync(log);
      const bytes = Buffer.alloc(Math.min(BYTES, size));
      readSync(log, bytes, 0, bytes.length, size - bytes.length);
      return bytes.toString('utf8').trimEnd().split('\n').slice(-LINES);
    } finally {
      closeSync(log);
    }
  } catch {
    return [];
  }
}
