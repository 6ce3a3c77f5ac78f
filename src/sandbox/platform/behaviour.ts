import type { MonitoringState } from '../monitoring.ts';
import type { MetricsFormat, RouterMetrics } from '../router/metrics.ts';
import type { AuditEvent, ChainVerification } from './audit.ts';
import type { ApiCredential } from './credentials.ts';
import type { Obstacle } from './emergency.ts';
import type { Health, ServiceName } from './health.ts';
import { signToken, type AuthorityClaims } from './tokens.ts';
import type { Tenant } from './world.ts';

/** What becomes of an intent before it is evaluated: `allow` and `deny`, with its reason, take the place of an evaluation. */
export type Admission =
  | { readonly kind: 'serve'; readonly delayMs: number }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'allow' }
  | { readonly kind: 'deny'; readonly reason: string };

/**
 * The few places where a platform can lie or break while its answers keep their shape. The world is written once, against
 * this; `faults/` replaces members of the honest behaviour below.
 */
export interface Behaviour {
  health(service: ServiceName, honest: Health): Health;
  issueToken(tenant: Tenant, claims: AuthorityClaims): Promise<string>;
  /** What readers of the audit log get to see, oldest first. */
  auditView(tenant: Tenant): readonly AuditEvent[];
  chainVerdict(tenant: Tenant, honest: ChainVerification): ChainVerification;
  /** What really stops evaluation, whatever the emergency state says. */
  obstacle(tenant: Tenant): Obstacle | undefined;
  /** The versions the runtime decides by, whatever the list of versions says. */
  versionsInForce(tenant: Tenant): readonly string[];
  admission(tenant: Tenant, credential: ApiCredential): Admission;
  /** The page of the router's metrics; without one nobody answers. */
  exposition(metrics: RouterMetrics, format: MetricsFormat): string | undefined;
  /** What the operator's monitoring tells of itself. */
  monitoring(honest: MonitoringState): MonitoringState;
}

export const honest: Behaviour = {
  health: (_service, health) => health,
  issueToken: (tenant, claims) => signToken(tenant.key, claims),
  auditView: (tenant) => tenant.audit.events,
  chainVerdict: (_tenant, verification) => verification,
  obstacle: (tenant) => tenant.emergency.obstacle(),
  versionsInForce: (tenant) => tenant.policies.packs().flatMap(({ activeVersionId }) => activeVersionId ?? []),
  admission: () => ({ kind: 'serve', delayMs: 0 }),
  exposition: (metrics, format) => metrics.page(format),
  monitoring: (state) => state,
};
