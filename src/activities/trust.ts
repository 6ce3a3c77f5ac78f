import { openIssuers, type Issuers } from '../approvals/issuers.ts';
import type { OperatorConfig } from '../domain/profile-schema.ts';

/** Whose decisions this worker believes. It is the operator's choice, and never the plan's. */
export type TrustMode = { readonly mode: 'namespace' } | { readonly mode: 'signed'; readonly issuers: Issuers };

export function openTrust(approvals: OperatorConfig['approvals']): TrustMode {
  return approvals.mode === 'namespace' ? approvals : { mode: 'signed', issuers: openIssuers(approvals.issuers) };
}
