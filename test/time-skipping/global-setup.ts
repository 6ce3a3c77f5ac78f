import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleWorkflows } from '../support/workflow-bundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A file with the bundled workflows. */
    readonly workflowBundle: string;
  }
}

/** Bundles the workflows once for all files. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'golive-time-skipping-'));
  const workflowBundle = join(folder, 'workflow-bundle.js');
  await writeFile(workflowBundle, await bundleWorkflows());
  project.provide('workflowBundle', workflowBundle);
  return () => rm(folder, { recursive: true });
}
