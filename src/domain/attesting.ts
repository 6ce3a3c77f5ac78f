import type { Waiting } from './run.ts';

/** The part of an `attest` message that says what is vouched for: the facts seen of each control, or the control alone. */
export function vouchingFor(waiting: readonly Pick<Waiting, 'what' | 'facts'>[]): {
  readonly seen?: Readonly<Record<string, string>>;
  readonly controls?: readonly string[];
} {
  const seen = waiting.flatMap(({ what, facts }) => (facts === undefined ? [] : [[what, facts] as const]));
  const controls = waiting.flatMap(({ what, facts }) => (facts === undefined ? [what] : []));
  return {
    ...(seen.length > 0 ? { seen: Object.fromEntries(seen) } : {}),
    ...(controls.length > 0 ? { controls } : {}),
  };
}
