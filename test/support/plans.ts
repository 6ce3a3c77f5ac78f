import { readFileSync } from 'node:fs';
import { z } from 'zod';

const document = z.record(z.string(), z.unknown());

/** A file of `contract/`, as it is. */
export function contractJson(name: string): Record<string, unknown> {
  return document.parse(JSON.parse(readFileSync(new URL(`../../contract/${name}`, import.meta.url), 'utf8')));
}

/** The plan of the contract, with what a test wants otherwise at the top of it. */
export function examplePlan(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return { ...contractJson('plan.example.json'), ...changes };
}

/** The example plan with one value somewhere inside replaced, or removed with `undefined`. */
export function planWith(path: string, value: unknown): Record<string, unknown> {
  const plan = examplePlan();
  const keys = path.split('.');
  let place: unknown = plan;
  for (const key of keys.slice(0, -1)) place = memberOf(place, key);
  const last = keys.at(-1) ?? '';
  if (typeof place !== 'object' || place === null) throw new Error(`the example plan has no ${path}`);
  if (value === undefined) Reflect.deleteProperty(place, last);
  else Reflect.set(place, last, value);
  return plan;
}

function memberOf(place: unknown, key: string): unknown {
  return typeof place === 'object' && place !== null ? Reflect.get(place, key) : undefined;
}
