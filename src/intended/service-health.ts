import type { z } from 'zod';
import { fit, misfit, readJson, type Reading } from './answer.ts';
import type { RawAnswer } from './transport.ts';
import { type Health, health, type Liveness, liveness, type Readiness, readiness } from './wire/health.ts';

/** Reads a health body and refuses one that contradicts its status: 503 exactly when the service is down (D-16). */
const reading =
  <Schema extends z.ZodType<{ status: string }>>(schema: Schema, down: z.output<Schema>['status']) =>
  (raw: RawAnswer): Reading<z.output<Schema>> => {
    const json = readJson(raw);
    if (!json.ok) return json;
    const answer = fit(schema, json.value);
    if (!answer.ok) return answer;
    const agrees = (answer.value.status === down) === (raw.status === 503);
    return agrees ? answer : misfit('status', `${down} exactly with 503`);
  };

export const readHealth: (raw: RawAnswer) => Reading<Health> = reading(health, 'unavailable');
export const readLiveness: (raw: RawAnswer) => Reading<Liveness> = reading(liveness, 'fail');
export const readReadiness: (raw: RawAnswer) => Reading<Readiness> = reading(readiness, 'not_ready');
