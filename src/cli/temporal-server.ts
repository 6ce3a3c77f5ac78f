import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cliTypeOf, SEARCH_ATTRIBUTES, type SearchAttribute } from '../domain/search-attributes.ts';
import { CommandFailed } from './surroundings.ts';

/** Where a development server listens. */
export interface TemporalPorts {
  readonly frontend: number;
  readonly ui: number;
}

const servers = z.object({
  temporalCli: z.string().nullish(),
  missing: z.object({ temporalCli: z.string().nullish() }).optional(),
});

/** Without these every task waits about 43 ms and a timer up to a second: the defaults are for large clusters. */
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxTimeShift="10ms"',
];

/**
 * The Temporal CLI that serves us: `GOLIVE_TEMPORAL_CLI`, or what `scripts/setup` found.
 * @throws {CommandFailed} with what to do when there is none
 */
export function findTemporalCli(root: string, env: NodeJS.ProcessEnv): string {
  const chosen = env['GOLIVE_TEMPORAL_CLI'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const found = servers.safeParse(readJson(join(root, '.golive', 'servers.json')));
  const cli = found.data?.temporalCli;
  if (cli) return cli;
  throw new CommandFailed(
    found.data?.missing?.temporalCli ??
      'No Temporal dev server is known yet: run `node scripts/setup.mjs start`, or set GOLIVE_TEMPORAL_CLI to where it is.',
  );
}

/** The arguments of a server in memory, with its UI and the search attributes of a go-live. */
export function temporalServerArguments({ frontend, ui }: TemporalPorts): string[] {
  const names = Object.keys(SEARCH_ATTRIBUTES) as SearchAttribute[];
  const attributes = names.map((name) => `${name}=${cliTypeOf(name)}`);
  const flags = [
    ['--ip', '127.0.0.1'],
    ['--port', String(frontend)],
    ['--ui-port', String(ui)],
    ['--log-level', 'warn'],
    ...attributes.map((attribute) => ['--search-attribute', attribute]),
    ...DYNAMIC_CONFIG.map((value) => ['--dynamic-config-value', value]),
  ];
  return ['server', 'start-dev', ...flags.flat()];
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
