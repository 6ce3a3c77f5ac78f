import { type CallOptions, type CallRequest, type ClientOptions, openCaller } from './call.ts';
import { expecting, unless } from './expect.ts';
import { readIntentOutcome } from './intent-outcome.ts';
import { readEvidence, readExport } from './originals.ts';
import type {
  ApiTokenRequest,
  AuditExportRequest,
  AuditFilter,
  EmergencyRequest,
  EnvironmentFilter,
  PolicyRollbackRequest,
} from './requests.ts';
import { readHealth, readLiveness, readReadiness } from './service-health.ts';
import {
  apiTokenCreated,
  apiTokenList,
  apiTokenRevoked,
  identityReadiness,
  memberList,
  roleOverview,
} from './wire/access.ts';
import { auditExportJob, auditExportList, auditPage, chainVerification } from './wire/audit.ts';
import { type EmergencyAction, emergencyActionResult, emergencyState } from './wire/emergency.ts';
import { type Intent, intentList } from './wire/intents.ts';
import { authorityKeyList, type SigningAlgorithm } from './wire/keys.ts';
import { policyPackList, policyRollbackResult, policyVersionList } from './wire/policy.ts';

export interface IntendedOptions extends ClientOptions {
  /** Algorithms that published keys may have; exactly RS256 by default. */
  readonly authorityKeyAlgorithms?: readonly SigningAlgorithm[] | undefined;
}

const LARGEST_EXPORT = 64 * 1_048_576;

/** The platform's API for one tenant and one key. Every method is one attempt; failures are described in `errors.ts`. */
export type IntendedClient = ReturnType<typeof openIntendedClient>;

/** Opens a client. Throws a TypeError that names the wrong option, never its value. Close it after use. */
export function openIntendedClient(options: IntendedOptions) {
  const { tenantId, authorityKeyAlgorithms = ['RS256'] } = options;
  const caller = openCaller(options);
  const tenant = { tenantId };
  const run = <Value>(request: CallRequest<Value>, callOptions: CallOptions | undefined) =>
    caller.call(request, callOptions);

  return {
    /** Changes state and is never repeated blindly (D-11). Refused calls throw; every decision is an answer. */
    submitIntent: (intent: Intent, call?: CallOptions) =>
      run(
        {
          operation: 'submitIntent',
          body: { ...intent, ...tenant },
          statuses: [200, 202, 403],
          read: readIntentOutcome,
        },
        call,
      ),

    /** Newest first, of the key's environment. */
    listIntents: ({ limit }: { readonly limit?: number | undefined } = {}, call?: CallOptions) =>
      run({ operation: 'listIntents', query: { ...tenant, limit }, read: expecting(intentList, tenantId) }, call),

    listAuthorityKeys: (call?: CallOptions) =>
      run(
        {
          operation: 'listAuthorityKeys',
          read: expecting(authorityKeyList, tenantId, ({ keys }) =>
            unless(
              keys.every(({ alg }) => authorityKeyAlgorithms.includes(alg)),
              'keys',
              `only algorithms ${authorityKeyAlgorithms.join(', ')}`,
            ),
          ),
        },
        call,
      ),

    /** Newest first, all environments. Offsets drift while events arrive (D-12). */
    listAuditEvents: (filter: AuditFilter = {}, call?: CallOptions) =>
      run(
        {
          operation: 'listAuditEvents',
          query: { ...filter },
          read: expecting(auditPage, tenantId, ({ events }) =>
            unless(
              events.every(
                ({ correlationId, eventType }) =>
                  correlationId === (filter.correlationId ?? correlationId) &&
                  eventType === (filter.eventType ?? eventType),
              ),
              'events',
              'only events that were asked for',
            ),
          ),
        },
        call,
      ),

    /** The platform's own verdict; a broken chain is an answer. */
    verifyAuditChain: (call?: CallOptions) =>
      run({ operation: 'verifyAuditChain', read: expecting(chainVerification, tenantId) }, call),

    getIntentEvidence: (intentId: string, call?: CallOptions) =>
      run(
        {
          operation: 'getIntentEvidence',
          path: { intentId },
          read: (raw) => readEvidence(raw, { tenantId, intentId }),
        },
        call,
      ),

    /** Starts a job; repeating it starts another. */
    createAuditExport: (request: AuditExportRequest = {}, call?: CallOptions) =>
      run(
        {
          operation: 'createAuditExport',
          body: { ...request, ...tenant },
          statuses: [202],
          read: expecting(auditExportJob, tenantId),
        },
        call,
      ),

    listAuditExports: (call?: CallOptions) =>
      run({ operation: 'listAuditExports', query: tenant, read: expecting(auditExportList, tenantId) }, call),

    getAuditExport: (id: string, call?: CallOptions) =>
      run(
        {
          operation: 'getAuditExport',
          path: { id },
          query: tenant,
          read: expecting(auditExportJob, tenantId, (job) => unless(job.id === id, 'id', 'the id that was asked for')),
        },
        call,
      ),

    /** Up to 64 MiB, so it may need a longer deadline. A job that is not completed is refused with 409. */
    downloadAuditExport: (id: string, call?: CallOptions) =>
      run(
        {
          operation: 'downloadAuditExport',
          path: { id },
          query: tenant,
          largestBody: LARGEST_EXPORT,
          read: readExport,
        },
        call,
      ),

    /** Of the key's environment; naming another is refused with 401 (D-09). */
    listPolicyPacks: ({ environmentKey }: EnvironmentFilter = {}, call?: CallOptions) =>
      run(
        {
          operation: 'listPolicyPacks',
          query: { ...tenant, environmentKey },
          read: expecting(policyPackList, tenantId),
        },
        call,
      ),

    listPolicyVersions: (pack: string, { environmentKey }: EnvironmentFilter = {}, call?: CallOptions) =>
      run(
        {
          operation: 'listPolicyVersions',
          path: { pack },
          query: { ...tenant, environmentKey },
          read: expecting(policyVersionList, tenantId, ({ versions }) =>
            unless(
              versions.every(({ packName }) => packName === pack),
              'versions',
              'only versions of the pack that was asked for',
            ),
          ),
        },
        call,
      ),

    /** Makes this version active (D-07). Answers of 409 say nothing about what is active: read the list. */
    rollbackPolicy: (versionId: string, request: PolicyRollbackRequest, call?: CallOptions) =>
      run(
        {
          operation: 'rollbackPolicy',
          path: { versionId },
          body: { ...request, ...tenant },
          read: expecting(policyRollbackResult, tenantId, ({ activeVersionId }) =>
            unless(activeVersionId === versionId, 'activeVersionId', 'the version that was asked for'),
          ),
        },
        call,
      ),

    getEmergencyState: (call?: CallOptions) =>
      run({ operation: 'getEmergencyState', query: tenant, read: expecting(emergencyState, tenantId) }, call),

    /** Repeating one changes nothing and writes one more audit event (D-10). */
    applyEmergencyAction: (action: EmergencyAction, request: EmergencyRequest, call?: CallOptions) =>
      run(
        {
          operation: 'applyEmergencyAction',
          path: { action },
          body: { ...request, ...tenant },
          read: expecting(emergencyActionResult, tenantId, (result) =>
            unless(result.action === action, 'action', 'the action that was asked for'),
          ),
        },
        call,
      ),

    listApiTokens: (call?: CallOptions) =>
      run({ operation: 'listApiTokens', query: tenant, read: expecting(apiTokenList, tenantId) }, call),

    /** The secret comes this once. After a lost answer, find the credential by its name, revoke it, make another. */
    createApiToken: (request: ApiTokenRequest, call?: CallOptions) =>
      run(
        {
          operation: 'createApiToken',
          body: { ...request, ...tenant },
          statuses: [201],
          read: expecting(apiTokenCreated, tenantId, ({ credential }) =>
            unless(credential.name === request.name, 'credential.name', 'the name that was asked for'),
          ),
        },
        call,
      ),

    /** Takes up to 30 s to hold everywhere. */
    revokeApiToken: (id: string, request: { readonly reason?: string | undefined } = {}, call?: CallOptions) =>
      run(
        {
          operation: 'revokeApiToken',
          path: { id },
          body: { ...request, ...tenant },
          read: expecting(apiTokenRevoked, tenantId, ({ credential }) =>
            unless(credential.id === id, 'credential.id', 'the id that was asked for'),
          ),
        },
        call,
      ),

    listRoles: (call?: CallOptions) =>
      run({ operation: 'listRoles', query: tenant, read: expecting(roleOverview, tenantId) }, call),

    listMembers: (call?: CallOptions) =>
      run({ operation: 'listMembers', query: tenant, read: expecting(memberList, tenantId) }, call),

    getIdentityReadiness: (call?: CallOptions) =>
      run({ operation: 'getIdentityReadiness', query: tenant, read: expecting(identityReadiness, tenantId) }, call),

    /** Of one configured service, without the key. An unavailable one that says so is an answer. */
    getServiceHealth: (service: string, call?: CallOptions) =>
      run({ operation: 'getServiceHealth', service, statuses: [200, 503], read: readHealth }, call),

    getServiceLiveness: (service: string, call?: CallOptions) =>
      run({ operation: 'getServiceLiveness', service, statuses: [200, 503], read: readLiveness }, call),

    getServiceReadiness: (service: string, call?: CallOptions) =>
      run({ operation: 'getServiceReadiness', service, statuses: [200, 503], read: readReadiness }, call),

    /** Waits for running calls, then frees all connections. */
    close: () => caller.close(),
  };
}
