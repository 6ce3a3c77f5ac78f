/** The operations of the contract that go-live uses, with the contract's paths. */
export const ROUTES = {
  submitIntent: { method: 'POST', path: '/intent' },
  listIntents: { method: 'GET', path: '/intents' },
  listAuthorityKeys: { method: 'GET', path: '/tenants/{tenantId}/authority-keys/public' },
  listAuditEvents: { method: 'GET', path: '/tenants/{tenantId}/audit' },
  verifyAuditChain: { method: 'GET', path: '/tenants/{tenantId}/audit/chain-verification' },
  getIntentEvidence: { method: 'GET', path: '/tenants/{tenantId}/intents/{intentId}/evidence' },
  createAuditExport: { method: 'POST', path: '/admin/audit-exports' },
  listAuditExports: { method: 'GET', path: '/admin/audit-exports' },
  getAuditExport: { method: 'GET', path: '/admin/audit-exports/{id}' },
  downloadAuditExport: { method: 'GET', path: '/admin/audit-exports/{id}/download' },
  listPolicyPacks: { method: 'GET', path: '/policy/packs' },
  listPolicyVersions: { method: 'GET', path: '/policy/packs/{pack}/versions' },
  rollbackPolicy: { method: 'POST', path: '/policy/rollback/{versionId}' },
  getEmergencyState: { method: 'GET', path: '/admin/emergency-controls' },
  applyEmergencyAction: { method: 'POST', path: '/admin/emergency-controls/{action}' },
  listApiTokens: { method: 'GET', path: '/admin/api-tokens' },
  createApiToken: { method: 'POST', path: '/admin/api-tokens' },
  revokeApiToken: { method: 'POST', path: '/admin/api-tokens/{id}/revoke' },
  listRoles: { method: 'GET', path: '/admin/roles' },
  listMembers: { method: 'GET', path: '/admin/members' },
  getIdentityReadiness: { method: 'GET', path: '/admin/identity' },
  getServiceHealth: { method: 'GET', path: '/health' },
  getServiceLiveness: { method: 'GET', path: '/healthz' },
  getServiceReadiness: { method: 'GET', path: '/readyz' },
} as const satisfies Record<string, { method: 'GET' | 'POST'; path: `/${string}` }>;

export type OperationId = keyof typeof ROUTES;

/** Paths that replace the contract's, by operation, with the same placeholders; `{tenantId}` may be added or left out. */
export type PathOverrides = Readonly<Partial<Record<OperationId, string>>>;

const PLACEHOLDER = /\{([A-Za-z]+)\}/g;
const PATH = /^(?:\/[A-Za-z0-9._~:{}-]+)+$/;

const isOperationId = (id: string): id is OperationId => Object.hasOwn(ROUTES, id);
const isDotSegment = (segment: string) => segment === '.' || segment === '..';

/** Those that say what is meant; none of the contract's paths has more than one. */
function placeholdersOf(path: string): string {
  const names = [...path.matchAll(PLACEHOLDER)].map(([, name]) => name).filter((name) => name !== 'tenantId');
  return names.join();
}

/**
 * Every operation's path. Throws a TypeError, which says `where` the paths were given, for an unknown operation or a path that
 * could lead somewhere else.
 */
export function resolvePaths(overrides: PathOverrides, where = 'paths'): Readonly<Record<OperationId, string>> {
  const paths: Record<string, string> = {};
  for (const [id, { path }] of Object.entries(ROUTES)) paths[id] = path;
  for (const [id, path] of Object.entries(overrides)) {
    if (!isOperationId(id)) throw new TypeError(`${where}: "${id}" is no operation of the contract`);
    if (!PATH.test(path) || path.split('/').some(isDotSegment))
      throw new TypeError(`${where}.${id}: is not a plain path`);
    if (placeholdersOf(path) !== placeholdersOf(ROUTES[id].path)) {
      throw new TypeError(`${where}.${id}: must have the placeholders of ${ROUTES[id].path}`);
    }
    paths[id] = path;
  }
  return paths as Record<OperationId, string>;
}

/** Fills a path's placeholders. A dot segment would be resolved away and reach another route, so it is a TypeError. */
export function expandPath(path: string, parameters: Readonly<Record<string, string>>): string {
  return path.replace(PLACEHOLDER, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined || value === '' || isDotSegment(value))
      throw new TypeError(`${name} cannot stand in a path`);
    return encodeURIComponent(value);
  });
}
