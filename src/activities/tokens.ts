import type { Finding } from '../domain/verdict.ts';
import type { ApprovedIntent } from '../intended/intent-outcome.ts';
import { verifyAuthorityToken, type AuthorityTokenVerdict } from '../intended/tokens.ts';
import type { AuthorityTokenRules } from '../intended/token-rules.ts';
import type { Intent } from '../intended/wire/intents.ts';
import type { AuthorityKey } from '../intended/wire/keys.ts';
import { conclude, type Measurement } from './findings.ts';
import { actionOf, factsOf, isApproved, probeIntent } from './probes.ts';
import type { Room } from './room.ts';
import type { Scope, World } from './world.ts';

export function tokenActivities({ worlds, store }: Room) {
  return {
    /** P4: an allowed probe yields a token that verifies, a tampered copy does not, and a denied probe yields none. */
    async checkTokenSigning(scope: Scope, { key }: { key: string }): Promise<Finding> {
      return conclude(store, scope, await measureTokenSigning(worlds(scope), scope, key));
    },
  };
}

export async function measureTokenSigning(world: World, scope: Scope, key: string): Promise<Measurement> {
  const intent = probeIntent(world, `${key}/token`, actionOf(world, 'allowed'));
  const allowed = await world.intended.submitIntent(intent);
  const denied = await world.intended.submitIntent(probeIntent(world, `${key}/no-token`, actionOf(world, 'denied')));
  const probes = { allowed: factsOf(allowed), denied: factsOf(denied) };
  const faults = denied.value.outcome === 'denied' ? [] : [`the probe that must be denied was ${denied.value.outcome}`];
  if (!isApproved(allowed.value)) {
    return {
      summary: '',
      facts: { probes },
      faults: [`the probe that must be allowed was ${allowed.value.outcome}`, ...faults],
    };
  }
  const { keys } = (await world.intended.listAuthorityKeys()).value;
  const verify = verifierOf(world, scope, intent, allowed.value, keys);
  const verdict = await verify(allowed.value.token.reveal());
  const tampered = await verify(tamper(allowed.value.token.reveal()));
  if (tampered.valid) faults.push('a tampered token verifies');
  const facts = { probes, verdict, tampered: tampered.valid ? 'accepted' : tampered.code };
  if (verdict.valid) return { summary: `the test token verifies with key ${verdict.kid}`, facts, faults };
  if (verdict.code === 'no-keys')
    return { summary: '', facts, faults, doubts: ['the tenant publishes no key to verify with'] };
  const claim = verdict.claim === undefined ? '' : ` (${verdict.claim})`;
  return { summary: '', facts, faults: [`the test token does not verify: ${verdict.code}${claim}`, ...faults] };
}

function verifierOf(
  world: World,
  { tenant }: Scope,
  intent: Intent,
  { intentId, execution }: ApprovedIntent,
  keys: readonly AuthorityKey[],
): (token: string) => Promise<AuthorityTokenVerdict> {
  const { environmentKey } = world;
  const facts = { tenantId: tenant, environmentKey, intent, intentId, adapterId: execution.adapterId };
  return (token) => verifyAuthorityToken(token, { ...facts, now: Date.now(), rules: rulesOf(world) }, keys);
}

function rulesOf({ profile }: World): AuthorityTokenRules {
  const { issuer, type, algorithms, audience, clockTolerance, longestLife } = profile.intended.authorityToken;
  return {
    algorithms,
    types: [type],
    issuers: [issuer],
    toleranceSec: clockTolerance / 1000,
    maxLifetimeSec: longestLife / 1000,
    ...(audience === undefined ? {} : { audience }),
  };
}

/** Another decision under the same signature. */
function tamper(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const forged = { ...(claims as object), tampered: true };
  return [header, Buffer.from(JSON.stringify(forged)).toString('base64url'), signature].join('.');
}
