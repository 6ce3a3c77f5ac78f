import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../support/workflow-bundle.ts';

const sourceMap = z.object({ sources: z.array(z.string()) });
const INLINE_MAP = '//# sourceMappingURL=data:application/json;charset=utf-8;base64,';

/** The paths of the modules in a bundle, from its own source map. */
function modulesOf(code: string): string[] {
  const at = code.lastIndexOf(INLINE_MAP);
  if (at < 0) throw new Error('the bundle has no source map to read');
  const map = Buffer.from(code.slice(at + INLINE_MAP.length), 'base64').toString('utf8');
  return sourceMap.parse(JSON.parse(map)).sources;
}

/** What has no business in a workflow: each would bring a clock, the world, or a megabyte into every replay. */
const FORBIDDEN =
  /\/node_modules\/(zod|undici|jose|pino|hono)\/|\/src\/(activities|approvals|cli|evidence|http|intended|metrics|notify|sandbox|traffic|worker)\//;

const found = (modules: readonly string[]) => modules.filter((module) => FORBIDDEN.test(module));

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'golive-bundle-'));
  await symlink(resolve('node_modules'), join(directory, 'node_modules'));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

describe('the bundle of the workflows', () => {
  it('holds the workflows and their words, no schema library, no client and no activity', async () => {
    const modules = modulesOf(await bundleWorkflows());
    for (const expected of [
      '/src/workflows/go-live.ts',
      '/src/workflows/payload-converter.ts',
      '/src/domain/receive.ts',
    ]) {
      expect(modules).toContainEqual(expect.stringContaining(expected));
    }
    expect(found(modules)).toEqual([]);
  }, 60_000);

  it.each([
    ['the schema library', `import { z } from 'zod'; export const wrong = async () => z.string().parse('x');`, 'zod'],
    ['an activity', `export { lossIn as wrong } from '${resolve('src/activities/vital-signs.ts')}';`, 'src/activities'],
  ])(
    'would be found to hold %s',
    async (_what, source, path) => {
      const file = join(directory, `${path.replaceAll('/', '-')}.ts`);
      await writeFile(file, source);
      expect(found(modulesOf(await bundleWorkflows({ workflowsPath: file })))).toContainEqual(
        expect.stringContaining(`/${path}/`),
      );
    },
    60_000,
  );
});
