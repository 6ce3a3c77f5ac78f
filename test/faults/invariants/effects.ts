import type { Effect } from '../../../src/sandbox/ledger.ts';
import { callsOf, type RunRecord } from '../record.ts';
import type { Invariant } from './invariant.ts';
import { forwardShares } from './traffic.ts';

/** What a drill does it takes back; one whose attempt died in the middle is measured anew, with another pair of effects. */
const MEASURED_ANEW: readonly string[] = ['rehearseKillSwitch', 'rehearseRollback', 'rehearseRevocation'];

/** S6: each change takes effect once for each time that it was decided upon. */
export const oneEffectEach: Invariant = (record) => {
  const counts = new Map<string, { readonly effect: Effect; readonly times: number }>();
  for (const effect of record.effects) {
    const name = nameOf(effect);
    if (name === undefined) continue;
    counts.set(name, { effect, times: (counts.get(name)?.times ?? 0) + 1 });
  }
  const repeated = [...counts].flatMap(([name, { effect, times }]) =>
    times > allowed(record, effect) ? [`${name} took effect ${times} times`] : [],
  );
  const moves = forwardShares(record).map(({ to }) => to);
  const twice = moves.filter((to, index) => moves.indexOf(to) !== index);
  return [...repeated, ...twice.map((to) => `traffic moved to ${to} % a second time`)];
};

/** S14: while this run changes something, no other one does. */
export const nobodyElseMeanwhile: Invariant = ({ effects, keys }) => {
  const isOfARun = ({ reason }: Effect) => reason?.startsWith('golive:') ?? false;
  const isOurs = ({ reason }: Effect) => reason?.startsWith(keys) ?? false;
  const [first, last] = [effects.findIndex(isOurs), effects.findLastIndex(isOurs)];
  if (first === -1) return [];
  return effects
    .slice(first, last)
    .filter((effect) => isOfARun(effect) && !isOurs(effect))
    .map(({ reason }) => `another run changed something meanwhile: ${reason}`);
};

/** An effect by what it did and under which key; a share has none, a credential its own name. */
function nameOf(effect: Effect): string | undefined {
  const key = /^golive:[^ ]*/.exec(effect.reason ?? '')?.[0];
  switch (effect.what) {
    case 'emergency':
      return key && `${effect.action} of ${effect.target ?? 'the tenant'} by ${key}`;
    case 'rollback':
      return key && `${effect.pack} to ${effect.to} by ${key}`;
    case 'credential-created':
      return `the credential ${effect.name}`;
    case 'credential-revoked':
      return key && `the end of ${effect.credential} by ${key}`;
    case 'share':
    case 'deployment':
    case 'export':
      return undefined;
  }
}

function allowed(record: RunRecord, { reason }: Effect): number {
  const drills = callsOf(record).filter(
    ({ activity, args }) =>
      MEASURED_ANEW.includes(activity) && (reason ?? '').startsWith((args[1] as { key: string }).key),
  );
  return Math.max(1, ...drills.map(({ attempts }) => attempts));
}
