import { z } from 'zod';

const checks = z.record(z.string(), z.enum(['pass', 'fail']));

export const health = z.object({
  status: z.enum(['healthy', 'degraded', 'unavailable']),
  version: z.string(),
  uptime_seconds: z.number().min(0),
  checks,
});
export type Health = z.output<typeof health>;

/** Healthy is what says so and names at least one check, all of them passed. */
export function isHealthy({ status, checks }: Health): boolean {
  const results = Object.values(checks);
  return status === 'healthy' && results.length > 0 && results.every((result) => result === 'pass');
}

export const liveness = z.object({ status: z.enum(['ok', 'fail']) });
export type Liveness = z.output<typeof liveness>;

export const readiness = z.object({ status: z.enum(['ready', 'not_ready']), checks });
export type Readiness = z.output<typeof readiness>;
