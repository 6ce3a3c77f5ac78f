import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EvidenceProblemKind } from '../../src/evidence/problem.ts';
import { EvidenceProblem } from '../../src/evidence/problem.ts';

export const RUN = 'tenant_acme_prod/production/2026-11-22.1-1a2b3c4d';

/** An empty directory that is gone after the test. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'golive-evidence-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The kind of problem that some work ends with, or `none`. */
export async function problemOf(work: () => unknown): Promise<EvidenceProblemKind | 'none'> {
  try {
    await work();
    return 'none';
  } catch (error) {
    if (error instanceof EvidenceProblem) return error.kind;
    throw error;
  }
}
