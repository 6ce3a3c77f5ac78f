import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const servers = z.object({ temporalCli: z.string().nullish(), testServer: z.string().nullish() });
const file = fileURLToPath(new URL('../../.golive/servers.json', import.meta.url));

/** Where the set-up found a server, or where the environment says that it is. */
export function serverPath(server: 'temporalCli' | 'testServer'): string {
  const named = { temporalCli: 'GOLIVE_TEMPORAL_CLI', testServer: 'GOLIVE_TEST_SERVER' }[server];
  const found = existsSync(file) ? servers.parse(JSON.parse(readFileSync(file, 'utf8')))[server] : undefined;
  const path = process.env[named] ?? found;
  if (path === undefined || path === null) {
    throw new Error(`There is no ${server}: run "node scripts/setup.mjs test", or set ${named}.`);
  }
  return path;
}
