import { devNull } from 'node:os';

/**
 * The environment without anything that points at another Temporal or another configuration: a rehearsal must not reach a
 * production namespace because a profile happens to be set.
 */
export function childEnvironment(env: NodeJS.ProcessEnv, own: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const neutral = Object.entries(env).filter(([name]) => !/^(TEMPORAL|GOLIVE)_/.test(name));
  return { ...Object.fromEntries(neutral), TEMPORAL_CONFIG_FILE: devNull, ...own };
}
