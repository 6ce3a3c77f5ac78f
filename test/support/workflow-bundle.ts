import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const path = (file: string) => fileURLToPath(new URL(`../../src/workflows/${file}`, import.meta.url));

/** The code that a worker runs, bundled from the sources as `scripts/build.mjs` does it. */
export async function bundleWorkflows(workflowsPath = path('index.ts')): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    payloadConverterPath: path('payload-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  return code;
}
