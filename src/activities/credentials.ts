import { isRequestKey, isSameStep } from '../domain/ids.ts';
import type { Finding } from '../domain/verdict.ts';
import { openIntendedClient, type IntendedClient } from '../intended/client.ts';
import { RefusedError, SurprisingShapeError } from '../intended/errors.ts';
import type { ApiCredential } from '../intended/wire/access.ts';
import { requireKeyOf } from './authority.ts';
import { conclude } from './findings.ts';
import { requireLease } from './lease.ts';
import { actAndReadBack } from './mutations.ts';
import { poll } from './probes.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

const REVOKED_WITHIN = 60_000;
const DRILL_SCOPES = ['policy:read'];
const DRILL_LIFE = 60 * 60_000;

/** What reaches production from any environment of its tenant: a halt asks for none, and a key can be made for each. */
const REACHING_SCOPES = ['emergency:write', 'authority:policy:write', 'admin:tokens:write'];
/**
 * Asks for the kill switch without touching it. Where a key may not act, the platform says so before it looks at the request
 * (D-09); where it may, nothing happens either: resuming halts nobody, and no connector has this name.
 */
const HARMLESS_ACTION = {
  action: 'connector_resume',
  request: { reason: 'golive: a staging key must be refused here', targetRef: 'golive-no-such-connector' },
} as const;

export function credentialActivities({ worlds, store }: Room) {
  return {
    /** C2: a throw-away credential works, is revoked by the emergency action, and is then refused with 401. */
    async rehearseRevocation(scope: Scope, { key }: { key: string }): Promise<Finding> {
      requireKeyOf('token-revocation-drill', key);
      const world = worlds(scope);
      // A lost answer left a credential whose secret is gone: it is revoked and another one is made.
      await revokeDrills(world, key);
      const { credential, secret } = await createDrill(world, key);
      const asDrill = clientWith(world, scope, secret);
      try {
        const worked = (await statusOfRead(asDrill, world)) === 200;
        const misfits = await revokeAtOnce(world, key, credential);
        const refused = await poll(
          () => statusOfRead(asDrill, world),
          (status) => status !== 200,
          REVOKED_WITHIN,
        );
        const after = await findCredential(world, credential.id);
        const faults = [
          ...misfits,
          ...(worked ? [] : ['the throw-away credential did not work before it was revoked']),
          ...(refused.satisfied ? [] : [`the revoked credential still worked after ${refused.tookMs} ms`]),
          ...(refused.satisfied && refused.answer !== 401
            ? [`the revoked credential was refused with ${refused.answer}, not with 401`]
            : []),
          ...(after?.status === 'revoked' ? [] : ['the list of credentials does not show it as revoked']),
        ];
        const facts = {
          credentialId: credential.id,
          worked,
          refusedAfterMs: refused.tookMs,
          status: after?.status ?? null,
        };
        return await conclude(store, scope, {
          summary: `refused ${refused.tookMs} ms after its revocation`,
          facts,
          faults,
          subject: { drill: 'create and revoke', tenant: scope.tenant, refusedWithinMs: REVOKED_WITHIN },
        });
      } finally {
        await asDrill.close();
      }
    },

    /** Undo of the drill: no credential of it stays active. */
    async revokeDrillCredentials(scope: Scope, { key }: { key: string }): Promise<Finding> {
      requireKeyOf('token-revocation-drill', key);
      const revoked = await revokeDrills(worlds(scope), key);
      return conclude(store, scope, { summary: `${revoked.length} drill credentials revoked`, facts: { revoked } });
    },

    /** C4: production keys exist, with allowed scopes only, and expire. */
    async checkProductionKeys(scope: Scope): Promise<Finding> {
      const world = worlds(scope);
      const { own } = world.profile.intended.keys;
      const active = (await listCredentials(world)).filter(({ status }) => status === 'active');
      const ofProduction = active.filter(({ environmentKey }) => environmentKey === world.environmentKey);
      const agents = ofProduction.filter(({ name }) => name !== own.name && !isRequestKey(name));
      const selves = ofProduction.filter(({ name }) => name === own.name);
      const faults = [
        ...(agents.length > 0 ? [] : ['there is no active production key']),
        ...agents.flatMap((credential) => keyFaults(credential, world)),
        ...(selves.length > 0 ? [] : [`our own key ${own.name} is not in the list`]),
        ...selves.flatMap((self) => scopeFaults(self, own.scopes)),
      ];
      return conclude(store, scope, {
        summary: `${agents.length} production keys with minimum scopes`,
        facts: { ofProduction },
        faults,
        subject: [...agents, ...selves].map(rightsOf),
      });
    },

    /**
     * C5: a staging key is refused, with 401 or with 403, when it reads production policy and when it asks for the kill
     * switch; and no key of another environment has scopes that reach production.
     */
    async checkKeyIsolation(scope: Scope): Promise<Finding> {
      const world = worlds(scope);
      const { action, request } = HARMLESS_ACTION;
      const foreign = (await listCredentials(world)).filter(
        ({ status, environmentKey }) => status === 'active' && environmentKey !== world.environmentKey,
      );
      const asStaging = clientWith(world, scope, world.profile.intended.staging.apiKey);
      try {
        const reading = await statusOfRead(asStaging, world);
        const halting = await statusOf(() => asStaging.applyEmergencyAction(action, request));
        const faults = [
          ...(isRefusal(reading) ? [] : ['a staging key can read production policy']),
          ...(isRefusal(halting) ? [] : ['the staging key could halt the tenant']),
          ...foreign.flatMap(reachFaults),
        ];
        return await conclude(store, scope, {
          summary: `the staging key is refused, with ${reading} and with ${halting}`,
          facts: { reading, halting, foreign: foreign.map(rightsOf) },
          faults,
        });
      } finally {
        await asStaging.close();
      }
    },
  };
}

function clientWith({ profile }: World, { tenant }: Scope, apiKey: string): IntendedClient {
  const { baseUrl, paths, certificateAuthority } = profile.intended;
  return openIntendedClient({ baseUrl, tenantId: tenant, apiKey, paths, certificateAuthority });
}

async function listCredentials({ intended }: World): Promise<readonly ApiCredential[]> {
  return (await intended.listApiTokens()).value.credentials;
}

async function drillCredentials(world: World, key: string): Promise<readonly ApiCredential[]> {
  return (await listCredentials(world)).filter(({ name }) => isSameStep(name, key));
}

async function createDrill(world: World, key: string): Promise<{ credential: ApiCredential; secret: string }> {
  const earlier = await drillCredentials(world, key);
  requireLease();
  const { value } = await world.intended.createApiToken({
    name: `${key}/${earlier.length + 1}`,
    environmentKey: world.environmentKey,
    scopes: DRILL_SCOPES,
    expiresAt: new Date(Date.now() + DRILL_LIFE).toISOString(),
  });
  return { credential: value.credential, secret: value.secret.reveal() };
}

async function revokeDrills(world: World, key: string): Promise<string[]> {
  const left = (await drillCredentials(world, key)).filter(({ status }) => status === 'active');
  for (const credential of left) await revoke(world, key, credential);
  return left.map(({ id }) => id);
}

function revoke(world: World, key: string, { id }: ApiCredential) {
  return actAndReadBack({
    act: () => world.intended.revokeApiToken(id, { reason: key }),
    read: () => findCredential(world, id),
    isDone: (after) => after?.status === 'revoked',
    unconfirmed: () => 'a drill credential was to be revoked and the list does not show it',
  });
}

async function findCredential(world: World, id: string): Promise<ApiCredential | undefined> {
  return (await listCredentials(world)).find((credential) => credential.id === id);
}

/** By the emergency action that the runbook rehearses. Answers what of the platform's answer did not fit. */
async function revokeAtOnce(world: World, key: string, { id }: ApiCredential): Promise<readonly string[]> {
  requireLease();
  try {
    await world.intended.applyEmergencyAction('token_revoke', { reason: key, targetRef: id });
    return [];
  } catch (error) {
    // A lost answer may hide a revocation that happened; another credential would have to be made to rehearse it again.
    const after = await findCredential(world, id);
    if (after?.status !== 'revoked') throw error;
    return error instanceof SurprisingShapeError ? [error.message] : [];
  }
}

function statusOfRead(client: IntendedClient, { environmentKey }: World): Promise<number> {
  return statusOf(() => client.listPolicyPacks({ environmentKey }));
}

/**
 * 200 or the status of the refusal, if it is the platform's own: one without its error code may come from anything on the
 * way. That, and whatever else happens, is no answer to the question and is thrown on.
 */
async function statusOf(call: () => Promise<unknown>): Promise<number> {
  try {
    await call();
    return 200;
  } catch (error) {
    if (error instanceof RefusedError && error.code !== undefined) return error.status;
    throw error;
  }
}

/** Anything else, also that there is no such connector, means that the key itself was let through. */
function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

function reachFaults({ name, environmentKey, scopes }: ApiCredential): string[] {
  const reaching = scopes.filter((scope) => REACHING_SCOPES.some((reach) => covers(scope, reach)));
  return reaching.length === 0 ? [] : [`${name}: a key of ${environmentKey} that has ${reaching.join(', ')}`];
}

/** Whether a scope is this one or a family that it belongs to, such as `admin:*` or `*`. */
function covers(scope: string, other: string): boolean {
  return scope === other || (scope.endsWith('*') && other.startsWith(scope.slice(0, -1)));
}

function keyFaults(credential: ApiCredential, { profile }: World): string[] {
  const { scopes, longestLife } = profile.intended.keys.production;
  const { name, expiresAt, createdAt } = credential;
  if (expiresAt === null) return [...scopeFaults(credential, scopes), `${name}: never expires`];
  const life = Date.parse(expiresAt) - Date.parse(createdAt);
  return [...scopeFaults(credential, scopes), ...(life <= longestLife ? [] : [`${name}: lives longer than allowed`])];
}

/** What a key may do and for how long, without when it was last used. */
function rightsOf({ id, name, environmentKey, scopes, expiresAt, ipAllowlist }: ApiCredential) {
  return { id, name, environmentKey, scopes, expiresAt, ipAllowlist };
}

function scopeFaults({ name, scopes }: ApiCredential, allowed: readonly string[]): string[] {
  const excess = scopes.filter((scope) => !allowed.includes(scope));
  return excess.length === 0 ? [] : [`${name}: has scopes beyond the allowed ones: ${excess.join(', ')}`];
}
