import { notFound } from './refusal.ts';

/** The runtime services, by the words of the operator's config. */
export const SERVICES = ['api', 'policy-engine', 'token-service', 'audit-service', 'connector-runtime'] as const;
export type ServiceName = (typeof SERVICES)[number];

/** The contract's `Health`. */
export interface Health {
  readonly status: 'healthy' | 'degraded' | 'unavailable';
  readonly version: string;
  readonly uptime_seconds: number;
  readonly checks: Readonly<Record<string, 'pass' | 'fail'>>;
}

/** The service of a path segment; 404 for any other word. */
export function serviceNamed(name: string): ServiceName {
  const service = SERVICES.find((candidate) => candidate === name);
  if (service === undefined) throw notFound('service');
  return service;
}

/** A healthy service. `startedAt` in milliseconds since the epoch. */
export function healthy(startedAt: number): Health {
  return {
    status: 'healthy',
    version: 'sandbox',
    uptime_seconds: Math.max(0, Math.round((Date.now() - startedAt) / 1000)),
    checks: { database: 'pass', queue: 'pass' },
  };
}
