import { expandPath, type OperationId, type PathOverrides, resolvePaths } from './routes.ts';

const OPERATIONS = [
  'getServiceHealth',
  'getServiceLiveness',
  'getServiceReadiness',
] as const satisfies readonly OperationId[];

/** A service as the operator configures it. */
export interface ServicePlace {
  /** The service's base address. */
  readonly base: string;
  readonly tenantId: string;
  readonly paths: PathOverrides;
}

/** Where a service tells how it is: its health, its liveness and its readiness. */
export function healthAddresses({ base, tenantId, paths }: ServicePlace): readonly string[] {
  const resolved = resolvePaths(paths);
  return OPERATIONS.map((operation) => base.replace(/\/+$/, '') + expandPath(resolved[operation], { tenantId }));
}
