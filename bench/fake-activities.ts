import { Context } from '@temporalio/activity';
import type {
  Activities,
  Admission,
  AuditMark,
  Scope,
  Sight,
  WindowReport,
  WindowRequest,
} from '../src/activities/index.ts';
import type { Finding } from '../src/domain/verdict.ts';
import type { Snapshot } from '../src/metrics/source.ts';
import { NO_RECORDING } from '../src/metrics/recording.ts';
import { beginWatched, watch } from '../src/metrics/watched.ts';
import { benchPlan, PLAN_DIGEST, SOME_DIGEST, STUCK_PROFILE, type BenchRequest } from './plan.ts';

const HEARTBEAT_EVERY = 1_000;

/** Every activity of a go-live, answering at once with answers as large as real ones. */
export function fakeActivities(): Activities {
  return {
    admitPlan: ([request]) => Promise.resolve(admission(request as BenchRequest)),
    tellPeople: nothing,
    appendJournal: nothing,
    continueJournal: nothing,
    watchOver,
    isSealed: () => Promise.resolve(true),
    inheritBegun: nothing,
    whoHolds: () => Promise.resolve(null),
    keepPlan: nothing,
    showEvidence: () => Promise.resolve(SOME_DIGEST),
    readDecisions: () => Promise.resolve([]),
    archiveEvidence: () => Promise.resolve({ path: 'tenant_bench/production/bench-1', manifest: SOME_DIGEST }),
    archiveDestroyed: () => Promise.resolve({ path: 'tenant_bench/production/bench-1', manifest: SOME_DIGEST }),
    markAudit: () => Promise.resolve(auditMark()),
    sampleDenials: () =>
      Promise.resolve({ sample: SOME_DIGEST, ids: denialIds, shown: [], available: 412, baseline: SOME_DIGEST }),
    watchWindow,
    compareDenials: (scope) => Promise.resolve(isStuck(scope) ? failing : passing),
    probeCapabilities: pass,
    confirmReady: pass,
    checkHealth: pass,
    checkPolicySet: pass,
    checkReadiness: pass,
    checkTokenSigning: pass,
    checkAuditPipeline: pass,
    rehearseKillSwitch: pass,
    releaseDrillHalt: pass,
    rehearseRevocation: pass,
    revokeDrillCredentials: pass,
    checkProductionKeys: pass,
    checkKeyIsolation: pass,
    checkRoles: pass,
    checkMonitoring: pass,
    checkPreviousVersions: pass,
    rehearseRollback: pass,
    restoreStaging: pass,
    checkApprovers: pass,
    checkOnCall: pass,
    shiftTraffic: pass,
    checkEverythingAgain: pass,
    reviewAudit: pass,
    switchOn: pass,
    trafficToSafe: pass,
    keepTraffic: pass,
    rollBackPolicies: pass,
    verifyRollback: pass,
    switchOff: () => Promise.resolve({ ...passing, halted: false }),
  };
}

const passing: Finding = {
  verdict: 'pass',
  summary: 'own events appeared after 214 ms, the chain of 48,211 events is unbroken',
  reasons: [],
  evidence: SOME_DIGEST,
};

const failing: Finding = {
  verdict: 'fail',
  summary: 'a new pattern of denial: data-access: amount over limit, 19 of 412',
  reasons: ['a new pattern of denial: data-access: amount over limit, 19 of 412'],
  evidence: SOME_DIGEST,
};

const denialIds = Array.from({ length: 20 }, (_, index) => `evt_01JD8Z5QW3N7K2M4${String(index).padStart(4, '0')}`);

const pass = () => Promise.resolve(passing);
const nothing = () => Promise.resolve();
const isStuck = ({ profile }: Scope) => profile === STUCK_PROFILE;

function admission({ profile, tenant }: BenchRequest): Admission {
  return {
    plan: benchPlan(profile, tenant),
    digest: PLAN_DIGEST,
    trust: 'namespace',
    rehearsal: false,
    longestTokenLife: 300_000,
  };
}

function auditMark(): AuditMark {
  return {
    at: Date.now(),
    sequence: 48_211,
    hash: SOME_DIGEST,
    events: 48_211,
    decisions: 16_204,
    requests: snapshotAt(Date.now()),
  };
}

/** Says nothing until the go-live has ended. */
async function watchOver(): Promise<Sight> {
  const context = Context.current();
  for (;;) {
    context.heartbeat();
    await context.sleep(HEARTBEAT_EVERY);
  }
}

/** A stretch of known length passes at once. A guard's lasts until it is relieved. */
async function watchWindow(_scope: Scope, request: WindowRequest): Promise<WindowReport> {
  if (request.purpose === 'guard') await relieved();
  const begun = watch(
    beginWatched(request.from, request.sampleEvery),
    snapshotAt(request.from + 1),
    request.limits,
  ).watched;
  const { watched } = watch(begun, snapshotAt(request.from + 2), request.limits);
  const carry = { watched, recording: NO_RECORDING };
  return { finding: passing, missing: 0, visibility: 'seen', share: request.percent, forgotten: false, carry };
}

async function relieved(): Promise<never> {
  const context = Context.current();
  // The worker hears of a cancellation only in the answer to a heartbeat.
  const beating = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(beating);
  }
}

/** As large as what one router exposes. */
function snapshotAt(at: number): Snapshot {
  const target = 'router.acme.example:9090/metrics';
  const edges = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
  const requests = (['allow', 'deny', 'escalate'] as const).map((decision) => ({
    kind: 'requests' as const,
    target,
    name: `golive_requests_total{decision="${decision}",outcome="ok"}`,
    created: 1_795_000_000_000,
    decision,
    outcome: 'ok' as const,
    count: 5_401 + (at % 1000),
  }));
  const durations = {
    kind: 'duration' as const,
    target,
    name: 'golive_request_duration_seconds',
    created: 1_795_000_000_000,
    buckets: { edges, counts: edges.map((_, index) => 1_400 * (index + 1) + (at % 1000)), count: 16_203 + (at % 1000) },
  };
  return { at, series: [...requests, durations] };
}
