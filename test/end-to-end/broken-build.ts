import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows } from '../support/workflow-bundle.ts';
import { ROOT } from './rig.ts';

const WORKFLOWS = fileURLToPath(new URL('../support/broken-workflows.ts', import.meta.url));

/** Puts a copy of the build below `folder` whose go-lives cannot get on, and answers its root. */
export async function brokenBuild(folder: string): Promise<string> {
  const root = join(folder, 'broken-build');
  await mkdir(root);
  await cp(join(ROOT, 'dist'), join(root, 'dist'), { recursive: true });
  await cp(join(ROOT, 'package.json'), join(root, 'package.json'));
  await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'));
  await writeFile(join(root, 'dist/workflow-bundle.js'), await bundleWorkflows({ workflowsPath: WORKFLOWS }));
  return root;
}
