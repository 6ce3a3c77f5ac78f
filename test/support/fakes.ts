import { ApplicationFailure } from '@temporalio/common';
import { translated } from '../../src/activities/failures.ts';
import type { Activities, WindowReport, WindowRequest } from '../../src/activities/index.ts';
import { planActivities } from '../../src/activities/plans.ts';
import type { Notice } from '../../src/domain/notices.ts';
import type { Digest, Finding } from '../../src/domain/verdict.ts';
import type { NewEntry } from '../../src/evidence/journal.ts';
import { NO_RECORDING } from '../../src/metrics/recording.ts';
import { beginWatched } from '../../src/metrics/watched.ts';
import { exampleOperator } from './operator.ts';

/** What the fakes were asked. */
export interface Ledger {
  readonly calls: Call[];
  readonly journal: NewEntry[];
  /** What people were told, in order. */
  readonly notices: Notice[];
}

/** One call, in the order in which the worker took them up. */
export interface Call {
  readonly name: keyof Activities;
  readonly args: readonly unknown[];
}

export interface Fakes extends Ledger {
  readonly activities: Activities;
  /** The names of what was called, without journal and notices. */
  names(): string[];
  /** The first argument object after the scope of each call of one activity. */
  requests<Name extends keyof Activities>(name: Name): Parameters<Activities[Name]>[1][];
}

export const SAMPLE: Digest = `sha256:${'7'.repeat(64)}`;
export const MANIFEST: Digest = `sha256:${'e'.repeat(64)}`;
const FACTS: Digest = `sha256:${'f'.repeat(64)}`;

export const passing = (summary = 'as it should be'): Finding => ({
  verdict: 'pass',
  summary,
  reasons: [],
  evidence: FACTS,
});
export const failing = (why: string): Finding => ({ verdict: 'fail', summary: why, reasons: [why], evidence: FACTS });
export const unclear = (why: string): Finding => ({ ...failing(why), verdict: 'inconclusive' });

/** What goes on beside every story. */
const BOOKKEEPING: readonly string[] = [
  'appendJournal',
  'continueJournal',
  'tellPeople',
  'keepPlan',
  'showEvidence',
  'watchOver',
  'isSealed',
];

/** What a watch answers: with `missing` more milliseconds of observation wanted. */
export const report = (request: WindowRequest, finding = passing(), missing = 0): WindowReport => ({
  finding,
  missing,
  visibility: 'seen',
  forgotten: false,
  share: request.percent,
  carry: request.carry ?? { watched: beginWatched(request.from, request.sampleEvery), recording: NO_RECORDING },
});

export const isGuard = ({ purpose }: WindowRequest): boolean => purpose === 'guard';

export const ON_GUARD = 'on guard';

/**
 * A guard has nothing to say until it is relieved. The time-skipping server skips nothing while an activity runs, so this one
 * is always between two attempts.
 */
export function onGuard(): never {
  throw ApplicationFailure.create({ message: ON_GUARD, nextRetryDelay: '1 hour' });
}

/**
 * Every activity, typed by the real factory, answering at once that all is well; `answers` replaces some. Plans are
 * admitted by the real activity. Everything asked is recorded.
 */
export function fakeActivities(answers: Partial<Activities> = {}): Fakes {
  const ledger: Ledger = { calls: [], journal: [], notices: [] };
  const activities = recorded({ ...allIsWell(ledger), ...answers }, ledger);
  const isBookkeeping = (name: string) => BOOKKEEPING.includes(name);
  return {
    ...ledger,
    activities,
    names: () => ledger.calls.map(({ name }) => name).filter((name) => !isBookkeeping(name)),
    requests: <Name extends keyof Activities>(name: Name) =>
      ledger.calls.filter((call) => call.name === name).map(({ args }) => args[1] as Parameters<Activities[Name]>[1]),
  };
}

function allIsWell({ journal, notices }: Ledger): Activities {
  const pass = () => Promise.resolve(passing());
  return {
    ...translated(planActivities(exampleOperator())),
    keepPlan: () => Promise.resolve(),
    showEvidence: () => Promise.resolve(FACTS),
    readDecisions: (_scope, { decisions }) => Promise.resolve(decisions.map(() => ({ ok: false, why: 'a fake' }))),
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
    trafficToSafe: pass,
    keepTraffic: pass,
    checkEverythingAgain: pass,
    reviewAudit: pass,
    compareDenials: pass,
    switchOn: pass,
    switchOff: () => pass().then((finding) => ({ ...finding, halted: false })),
    rollBackPolicies: pass,
    verifyRollback: pass,
    markAudit: () => Promise.resolve({ at: 0, sequence: 1, hash: 'h1', events: 1, decisions: 0, requests: null }),
    sampleDenials: () =>
      Promise.resolve({ sample: SAMPLE, ids: ['evt_01', 'evt_02'], shown: [], available: 7, baseline: FACTS }),
    watchWindow(_scope, request) {
      return isGuard(request) ? onGuard() : Promise.resolve(report(request));
    },
    appendJournal(_folder, entries) {
      const known = new Set(journal.map(({ sequence }) => sequence));
      journal.push(...entries.filter(({ sequence }) => !known.has(sequence)));
      return Promise.resolve();
    },
    continueJournal(_folder, entries) {
      journal.push(...entries);
      return Promise.resolve();
    },
    // A guardian has nothing to say either.
    watchOver: onGuard,
    isSealed: () => Promise.resolve(true),
    inheritBegun: () => Promise.resolve(),
    whoHolds: () => Promise.resolve(null),
    archiveEvidence: () => Promise.resolve({ path: 'evidence/of-the-test', manifest: MANIFEST }),
    archiveDestroyed: () => Promise.resolve({ path: 'evidence/of-the-test', manifest: MANIFEST }),
    tellPeople({ notices: told }) {
      notices.push(...told);
      return Promise.resolve();
    },
  };
}

type AnyCall = (...args: never[]) => Promise<unknown>;

function recorded<A extends Record<string, AnyCall>>(activities: A, { calls }: Ledger): A {
  const wrapped = Object.entries(activities).map(([name, call]) => [
    name,
    (...args: never[]) => {
      calls.push({ name: name as keyof Activities, args });
      return call(...args);
    },
  ]);
  return Object.fromEntries(wrapped) as A;
}
