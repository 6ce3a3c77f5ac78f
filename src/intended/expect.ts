import type { z } from 'zod';
import { fit, misfit, readJson, type Reading } from './answer.ts';
import type { ShapeIssue } from './errors.ts';
import type { RawAnswer } from './transport.ts';

/** What an answer must repeat from the question, such as the id that was asked for. */
export type Check<Value> = (value: Value) => ShapeIssue | undefined;

/** Reads JSON of one shape that is about our tenant and about what was asked. */
export function expecting<Schema extends z.ZodType>(
  schema: Schema,
  tenantId: string,
  check?: Check<z.output<Schema>>,
): (raw: RawAnswer) => Reading<z.output<Schema>> {
  return (raw) => {
    const json = readJson(raw);
    return json.ok ? fitAbout(schema, json.value, { tenantId, check }) : json;
  };
}

/** Parsed JSON of one shape that is about our tenant and about what was asked. */
export function fitAbout<Schema extends z.ZodType>(
  schema: Schema,
  json: unknown,
  { tenantId, check }: { tenantId: string; check?: Check<z.output<Schema>> | undefined },
): Reading<z.output<Schema>> {
  const reading = fit(schema, json);
  if (!reading.ok) return reading;
  const foreign = foreignTenantIn(reading.value, tenantId, []);
  if (foreign !== undefined) return misfit(foreign.join('.'), 'this tenant');
  const issue = check?.(reading.value);
  return issue === undefined ? reading : { ok: false, issues: [issue] };
}

/** Says what is expected at a path unless it holds. */
export function unless(holds: boolean, path: string, expected: string): ShapeIssue | undefined {
  return holds ? undefined : { path, expected };
}

/** Where a parsed answer names another tenant than ours: a mixed-up cache or proxy must never decide a gate. */
function foreignTenantIn(value: unknown, tenantId: string, path: readonly string[]): readonly string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const here = [...path, name];
    if (name === 'tenantId' && member !== tenantId) return here;
    const deeper = foreignTenantIn(member, tenantId, here);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}
