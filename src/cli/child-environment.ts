import { join } from 'node:path';

/**
 * The environment without anything that points at another Temporal or another configuration: a rehearsal must not reach a
 * production namespace because a profile happens to be set. `home` is a folder of ours, without a Temporal profile.
 */
export function childEnvironment(
  env: NodeJS.ProcessEnv,
  home: string,
  own: Readonly<Record<string, string>> = {},
): NodeJS.ProcessEnv {
  const neutral = Object.entries(env).filter(([name]) => !/^(TEMPORAL|GOLIVE)_/.test(name));
  return { ...Object.fromEntries(neutral), TEMPORAL_CONFIG_FILE: join(home, 'temporal.toml'), ...own };
}
