/** What the changing and filtering calls ask for. The client adds the tenant. */

export interface AuditFilter {
  readonly correlationId?: string | undefined;
  readonly eventType?: string | undefined;
  /** 1 to 1,000; the platform takes 100 by default. */
  readonly limit?: number | undefined;
  /** How many of the newest matching events to skip. */
  readonly offset?: number | undefined;
}

export interface AuditExportRequest {
  /** Only this environment; without it, the whole tenant. */
  readonly environmentKey?: string | undefined;
  readonly includeAnomalies?: boolean | undefined;
  readonly includeRecommendations?: boolean | undefined;
  /** First instant included, RFC 3339. */
  readonly from?: string | undefined;
  /** First instant excluded, RFC 3339. */
  readonly to?: string | undefined;
}

export interface EmergencyRequest {
  /** The audit event repeats it word for word; carries our reference (D-20). */
  readonly reason: string;
  readonly environmentKey?: string | undefined;
  readonly targetRef?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface ApiTokenRequest {
  /** Unique, so that it can be found again when the answer is lost (D-11). */
  readonly name: string;
  readonly environmentKey: string;
  readonly scopes: readonly string[];
  readonly expiresAt?: string | undefined;
  readonly ipAllowlist?: readonly string[] | undefined;
}

export interface PolicyRollbackRequest {
  readonly rolledBackBy: string;
  /** The audit event repeats them word for word; carry our reference (D-20). */
  readonly comments?: string | undefined;
}

/** Whether one environment only; it must be the key's own (D-09). */
export interface EnvironmentFilter {
  readonly environmentKey?: string | undefined;
}
