import type { Finding } from '../domain/verdict.ts';
import type { ApprovedIntent } from '../intended/intent-outcome.ts';
import { verifyAuthorityToken, type AuthorityTokenVerdict } from '../intended/tokens.ts';
import type { AuthorityTokenRules } from '../intended/token-rules.ts';
import type { Intent } from '../intended/wire/intents.ts';
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
  const { value: outcome } = allowed;
  const probes = { allowed: factsOf(allowed), denied: factsOf(denied) };
  const denial = denied.value.outcome === 'denied' ? [] : [`the probe that must be denied was ${denied.value.outcome}`];
  if (!isApproved(outcome)) {
    const faults = [`the probe that must be allowed was ${outcome.outcome}`, ...denial];
    return { summary: '', facts: { probes }, faults };
  }
  const { verdict, tampered } = await verdictsOn(outcome, intent, world, scope);
  const facts = { probes, verdict, tampered: tampered.valid ? 'accepted' : tampered.code };
  const faults = [...denial, ...(tampered.valid ? ['a tampered token verifies'] : [])];
  if (verdict.valid) return { summary: `the test token verifies with key ${verdict.kid}`, facts, faults };
  if (verdict.code === 'no-keys') {
    return { summary: '', facts, faults, doubts: ['the tenant publishes no key to verify with'] };
  }
  const claim = verdict.claim === undefined ? '' : ` (${verdict.claim})`;
  return { summary: '', facts, faults: [`the test token does not verify: ${verdict.code}${claim}`, ...faults] };
}

/** What becomes of a token, and of a tampered copy, against the keys as they are published now. */
async function verdictsOn(
  { token: secret, intentId, execution }: ApprovedIntent,
  intent: Intent,
  world: World,
  { tenant }: Scope,
): Promise<{ readonly verdict: AuthorityTokenVerdict; readonly tampered: AuthorityTokenVerdict }> {
  const { environmentKey } = world;
  const facts = { tenantId: tenant, environmentKey, intent, intentId, adapterId: execution.adapterId };
  const verify = async (token: string) => {
    const { keys } = (await world.intended.listAuthorityKeys()).value;
    return verifyAuthorityToken(token, { ...facts, now: Date.now(), rules: rulesOf(world) }, keys);
  };
  const token = secret.reveal();
  const first = await verify(token);
  // A key may have been replaced a moment ago: an unknown one is looked up once more, and then refused.
  const verdict = !first.valid && first.code === 'unknown-key' ? await verify(token) : first;
  return { verdict, tampered: await verify(tamper(token)) };
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
