import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActivities, type Activities, type Scope } from '../../src/activities/index.ts';
import { openWorlds } from '../../src/activities/world.ts';
import { readConfig } from '../../src/config.ts';
import { requestKey } from '../../src/domain/ids.ts';
import type { StepId } from '../../src/domain/plan.ts';
import { planSchema, type Plan } from '../../src/domain/plan-schema.ts';
import type { OperatorConfig } from '../../src/domain/profile-schema.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { digestOfBytes } from '../../src/evidence/digest.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import { factsPath } from '../../src/evidence/layout.ts';
import type { EvidenceStore } from '../../src/evidence/store.ts';
import { openIntendedClient, type IntendedClient } from '../../src/intended/client.ts';
import type { Member } from '../../src/sandbox/platform/members.ts';
import { writeHome } from '../../src/sandbox/home.ts';
import type { Effect } from '../../src/sandbox/ledger.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/sandbox.ts';
import { examplePlan } from '../support/plans.ts';
import { calledByRun } from './called.ts';
import { evidenceDirectory, sealTools } from '../support/sealing.ts';

/** The activities as the worker has them, before a real sandbox and a real evidence store. */
export interface Stage {
  readonly sandbox: Sandbox;
  /** The operator's configuration file, for who is not in this process. */
  readonly config: string;
  readonly operator: OperatorConfig;
  readonly store: EvidenceStore;
  readonly scope: Scope;
  readonly activities: Activities;
  /** Somebody else with a key of the production tenant. */
  readonly others: IntendedClient;
  /** The key of one step, new with every generation. */
  readonly key: (step: StepId, generation?: number) => string;
  /** Every effect so far, or those of one kind. */
  readonly effects: (what?: Effect['what']) => readonly Effect[];
  /** Whether the store holds these facts, under the digest they really have. */
  keeps(evidence: Digest | undefined): Promise<boolean>;
  /** These facts, as text. */
  kept(evidence: Digest): Promise<string>;
  close(): Promise<void>;
}

export const PLAN: Plan = planSchema.parse(examplePlan());
/** Waits are short, and response times are not what these tests are about. */
export const LIMITS: Plan['limits'] = {
  ...PLAN.limits,
  auditLag: 300,
  haltToDeny: 300,
  policyEngineMs: 20_000,
  tokenSigningMs: 20_000,
};

/** Another name for the same outside. */
export const ANOTHER_PROFILE = 'another';

const FOLDER = 'tenant_acme_prod/production/test';

export interface StageOptions {
  readonly rate?: number;
  /** Seconds of a day of the callers. */
  readonly day?: number;
  /** The people of the example plan without them. */
  readonly members?: readonly Member[];
  /** Whose decisions are believed; whoever may write to the namespace, without it. */
  readonly approvals?: OperatorConfig['approvals'];
}

export async function startStage({ rate = 0, approvals, ...more }: StageOptions = {}): Promise<Stage> {
  const home = await mkdtemp(join(tmpdir(), 'golive-activities-'));
  const sandbox = await startSandbox({ rate, ...more });
  const { config } = await writeHome(home, sandbox);
  const read = readConfig({ GOLIVE_CONFIG: config }).operator;
  const [profile] = Object.values(read.profiles);
  if (profile === undefined) throw new Error('the sandbox has no profile');
  const profiles = { ...read.profiles, [ANOTHER_PROFILE]: profile };
  const operator = { ...read, profiles, approvals: approvals ?? read.approvals };
  const store = openFileStore(evidenceDirectory(operator));
  const others = openIntendedClient({
    baseUrl: sandbox.url,
    tenantId: 'tenant_acme_prod',
    apiKey: sandbox.secrets.golive,
  });
  return {
    sandbox,
    config,
    operator,
    store,
    scope: {
      profile: 'sandbox',
      tenant: 'tenant_acme_prod',
      environment: 'production',
      folder: FOLDER,
    },
    activities: calledByRun(createActivities({ operator, store, sealing: sealTools() })),
    others,
    key: (step, generation = 1) => requestKey('test', 'c0ffee00', step, generation),
    effects: (what) => sandbox.control.ledger().filter((effect) => what === undefined || effect.what === what),
    async keeps(evidence) {
      if (evidence === undefined) return false;
      const bytes = await readFile(join(evidenceDirectory(operator), FOLDER, factsPath(evidence)));
      return digestOfBytes(bytes) === evidence;
    },
    kept: (evidence) => readFile(join(evidenceDirectory(operator), FOLDER, factsPath(evidence)), 'utf8'),
    async close() {
      await others.close();
      await sandbox.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** What the store holds under this digest. */
export async function factsOf({ operator }: Stage, digest: Digest | undefined): Promise<unknown> {
  if (digest === undefined) throw new Error('nothing was kept');
  const path = join(evidenceDirectory(operator), FOLDER, factsPath(digest));
  return JSON.parse(await readFile(path, 'utf8'));
}

/** The world of a stage, opened apart from its activities. */
export function worldOf({ operator, scope }: Stage) {
  return openWorlds(operator.profiles)(scope);
}

/** Moves the share as somebody else does. */
export async function moveShare(stage: Stage, percent: number): Promise<void> {
  const { traffic } = worldOf(stage);
  const signal = AbortSignal.timeout(10_000);
  await traffic.set(percent, await traffic.read(signal), signal);
}
