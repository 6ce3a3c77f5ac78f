import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const path = (file: string) => fileURLToPath(new URL(`../../src/workflows/${file}`, import.meta.url));

interface Bundled {
  readonly workflowsPath?: string;
  readonly workflowInterceptorModules?: string[];
}

/** The code that a worker runs, bundled from the sources as `scripts/build.mjs` does it. */
export async function bundleWorkflows({
  workflowsPath = path('index.ts'),
  workflowInterceptorModules = [path('interceptors.ts')],
}: Bundled = {}): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules,
    payloadConverterPath: path('payload-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  return code;
}
