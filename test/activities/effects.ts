import type { Effect } from '../../src/sandbox/ledger.ts';
import type { Stage } from './stage.ts';

/** The effects after the first `before`, one phrase each: what changed, and by which key of ours. */
export function effectsOf({ effects }: Stage, before = 0): string[] {
  const names = new Map(
    effects().flatMap((effect) => (effect.what === 'credential-created' ? [[effect.credential, effect.name]] : [])),
  );
  return effects()
    .slice(before)
    .map((effect) => wordsOf(effect, names));
}

/** Credentials are told by the names that we gave them: their ids differ from run to run. */
function wordsOf(effect: Effect, names: ReadonlyMap<string, string>): string {
  switch (effect.what) {
    case 'share':
      return `share ${effect.from} to ${effect.to}`;
    case 'emergency':
      return effect.target === null
        ? `${effect.action} by ${effect.reason}`
        : `${effect.action} of ${names.get(effect.target) ?? effect.target} by ${effect.reason}`;
    case 'rollback':
      return `${effect.pack} ${effect.from} to ${effect.to} by ${effect.reason}`;
    case 'credential-created':
      return `created ${effect.name}`;
    case 'credential-revoked':
      return `revoked ${names.get(effect.credential) ?? effect.credential} by ${effect.reason}`;
    case 'deployment':
    case 'export':
      return effect.what;
  }
}
