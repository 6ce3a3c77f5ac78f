import type { Digest } from '../../domain/verdict.ts';
import type { AuditEvent } from '../platform/audit.ts';
import { honest, type Behaviour } from '../platform/behaviour.ts';
import { STAGING, type Tenant, type World } from '../platform/world.ts';
import type { WorldFault, WorldFaultName } from './fault.ts';
import * as forged from './forged-tokens.ts';
import type { Lie, Surroundings } from './lie.ts';
import { METRIC_LIES } from './metric-faults.ts';
import { TRAFFIC_LIES } from './traffic-faults.ts';

const DRIFTED_VERSION = 'pv_43';
/** Every how many events one is hidden. */
const GAP = 3;
/** Milliseconds for which the monitoring has stood still. */
const FROZEN_FOR = 3 * 3_600_000;
const WRONG_HASH: Digest = `sha256:${'f'.repeat(64)}`;

const LIES: Readonly<Record<WorldFaultName, Lie>> = {
  'degraded-service': ({ service }) => ({
    health: (name, health) =>
      name === service ? { ...health, status: 'degraded', checks: { ...health.checks, database: 'fail' } } : health,
  }),
  'missing-service-check': ({ service }) => ({
    health: (name, health) => (name === service ? { ...health, checks: {} } : health),
  }),
  'bad-signature': () => ({ issueToken: forged.badSignature() }),
  'alg-none': () => ({ issueToken: forged.algNone }),
  'expired-token': () => ({ issueToken: forged.expiredToken }),
  'unknown-kid': () => ({ issueToken: forged.unknownKid }),
  'wrong-tenant-token': () => ({ issueToken: forged.wrongTenantToken }),
  'hs256-public-key': () => ({ issueToken: forged.hs256PublicKey }),
  'stale-audit': (_fault, { world }) => ({ auditView: frozen(world) }),
  'audit-gap': () => ({ auditView: ({ audit }) => audit.events.filter(({ sequence }) => sequence % GAP !== 0) }),
  'broken-chain': () => ({ auditView: ({ audit }) => brokenAtTheEnd(audit.events), chainVerdict: brokenVerdict }),
  'halt-lies': () => ({ obstacle: () => undefined }),
  'rollback-lies': (_fault, { world }) => ({ versionsInForce: remembered(world) }),
  'policy-drift': (_fault, surroundings) => drift(surroundings),
  'stray-key': (fault, surroundings) => stray(fault, surroundings),
  'stale-monitoring': () => {
    const lookedAt = Date.now() - FROZEN_FOR;
    return { monitoring: (state) => ({ ...state, lookedAt }) };
  },
  'no-alertmanager': () => ({ monitoring: (state) => ({ ...state, alertmanagers: [] }) }),
  'target-down': ({ service }) => ({ monitoring: (state) => ({ ...state, unseen: [...state.unseen, service] }) }),
  ...TRAFFIC_LIES,
  ...METRIC_LIES,
};

interface Armed {
  readonly id: string;
  readonly fault: WorldFault;
  readonly lie: Partial<Behaviour>;
}

/** The faults of the world that are armed now. Of two that touch the same thing, the one armed last decides. */
export class WorldFaults {
  readonly #surroundings: Surroundings;
  #armed: readonly Armed[] = [];

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  arm(id: string, fault: WorldFault): void {
    this.#armed = [{ id, fault, lie: LIES[fault.name](fault, this.#surroundings) }, ...this.#armed];
  }

  disarm(id: string): void {
    this.#armed = this.#armed.filter((armed) => armed.id !== id);
  }

  list(): { readonly id: string; readonly fault: WorldFault }[] {
    return this.#armed.map(({ id, fault }) => ({ id, fault })).reverse();
  }

  /** The honest behaviour, with whatever is armed in its place. */
  readonly behaviour: Behaviour = {
    health: (service, health) =>
      this.#armed.reduce((told, { lie }) => lie.health?.(service, told) ?? told, honest.health(service, health)),
    issueToken: (tenant, claims) => this.#inPlace('issueToken', tenant)(tenant, claims),
    auditView: (tenant) => this.#inPlace('auditView', tenant)(tenant),
    chainVerdict: (tenant, verification) => this.#inPlace('chainVerdict', tenant)(tenant, verification),
    obstacle: (tenant) => this.#inPlace('obstacle', tenant)(tenant),
    versionsInForce: (tenant) => this.#inPlace('versionsInForce', tenant)(tenant),
    admission: (tenant, credential) => this.#inPlace('admission', tenant)(tenant, credential),
    exposition: (metrics, format) => this.#inPlace('exposition')(metrics, format),
    monitoring: (state) => this.#armed.reduce((told, { lie }) => lie.monitoring?.(told) ?? told, state),
  };

  #inPlace<Name extends keyof Behaviour>(name: Name, tenant?: Tenant): Behaviour[Name] {
    const concerns = ({ fault }: Armed) => (fault.tenant ?? tenant?.id) === tenant?.id;
    const armed = this.#armed.find((candidate) => name in candidate.lie && concerns(candidate));
    return armed?.lie[name] ?? honest[name];
  }
}

/** The log as it stood when the fault was armed. */
function frozen(world: World): Behaviour['auditView'] {
  const views = new Map(tenants(world).map(({ id, audit }) => [id, [...audit.events]]));
  return ({ id }) => views.get(id) ?? [];
}

/** The versions that were in force when the fault was armed, whatever is rolled back since. */
function remembered(world: World): Behaviour['versionsInForce'] {
  const versions = new Map(tenants(world).map((tenant) => [tenant.id, honest.versionsInForce(tenant)]));
  return ({ id }) => versions.get(id) ?? [];
}

function brokenAtTheEnd(events: readonly AuditEvent[]): AuditEvent[] {
  return events.map((event, index) => (index === events.length - 1 ? { ...event, previousHash: WRONG_HASH } : event));
}

const brokenVerdict: Behaviour['chainVerdict'] = (_tenant, verification) => {
  const brokenAt = Math.max(1, verification.checkedEntries);
  return { ...verification, valid: false, checkedEntries: brokenAt - 1, brokenAt };
};

/** Somebody deploys another version past the go-live. It stays deployed when the fault is disarmed. */
function drift({ world: { production }, ledger }: Surroundings): Partial<Behaviour> {
  production.policies.deploy(DRIFTED_VERSION);
  const { environmentKey, id: tenant } = production;
  const actor = { id: 'dee@acme.example', type: 'user' };
  production.audit.append({ eventType: 'POLICY_DEPLOYED', environmentKey, actor, targetRef: DRIFTED_VERSION });
  ledger.record({ what: 'deployment', version: DRIFTED_VERSION }, { tenant, actor: actor.id, reason: null });
  return {};
}

/** Somebody makes a key of staging in the production tenant. It stays when the fault is disarmed. */
function stray({ scopes }: WorldFault, { world: { production }, ledger }: Surroundings): Partial<Behaviour> {
  const actor = { id: 'dee@acme.example', type: 'user' };
  const { environmentKey } = STAGING;
  const wish = { name: 'ci-staging', environmentKey, scopes, createdBy: actor };
  const { credential } = production.credentials.create(wish);
  production.audit.append({ eventType: 'API_TOKEN_CREATED', environmentKey, actor, targetRef: credential.id });
  const cause = { tenant: production.id, actor: actor.id, reason: null };
  ledger.record({ what: 'credential-created', credential: credential.id, name: credential.name }, cause);
  return {};
}

function tenants({ production, staging }: World): readonly Tenant[] {
  return [production, staging];
}
