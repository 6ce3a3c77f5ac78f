import {
  killSwitchDrill,
  releaseDrillHalt,
  restoreStaging,
  revokeDrillCredentials,
  rollBack,
  rollbackDrill,
  safelyStopped,
  shift,
  switchOff,
  switchOn,
  toSafe,
  type Deed,
} from './deeds.ts';
import { moveShare, worldOf, type Stage } from './stage.ts';

/** A kind of call that a deed makes. */
interface Operation {
  readonly operationId: string;
  /** Of several uses of one operation, those whose path contains this. */
  readonly path?: string;
}

/** One call of its kind. */
export interface Call extends Operation {
  /** Counted from 1; the first without it. */
  readonly nth?: number;
}

/** A change that Temporal may ask for more than once. */
export interface Mutation {
  readonly name: string;
  /** An undo and a drill leave everything as they found it, whatever became of the attempts before. */
  readonly kind: 'change' | 'undo' | 'drill';
  /** The call that changes something, the one before it and the one after it. */
  readonly before: Call;
  readonly call: Operation;
  readonly after: Call;
  readonly prepare?: (stage: Stage) => Promise<unknown>;
  readonly act: Deed;
  /** What must be in the ledger afterwards, each exactly once. */
  readonly effects: readonly string[];
  /** Which of the effects is that of this call, from 1. */
  readonly nth: number;
  /** When an attempt that died leaves nothing that a drill can go on with, so that it is measured anew. */
  readonly measuredAnew?: 'once this call came through' | 'whenever it is repeated';
}

const READ_SHARE = 'getShare';
const READ_SWITCH = 'getEmergencyState';
const READ_PACKS = 'listPolicyPacks';

const MOVE = { operationId: 'putShare' };
const HALT = { operationId: 'applyEmergencyAction', path: 'tenant_halt' };
const RELEASE = { operationId: 'applyEmergencyAction', path: 'tenant_resume' };

const ROLLBACK = {
  act: rollBack,
  effects: [
    'payments-guardrails pv_42 to pv_41 by golive:test:c0ffee00:policy-rollback:1',
    'data-access pv_17 to pv_16 by golive:test:c0ffee00:policy-rollback:1',
  ],
};

/** What moves forward and what stops, each of which may happen once only. */
const CHANGES: readonly Mutation[] = [
  {
    name: 'shiftTraffic',
    kind: 'change',
    before: { operationId: READ_SHARE },
    call: MOVE,
    after: { operationId: READ_SHARE, nth: 2 },
    act: shift,
    effects: ['share 0 to 5'],
    nth: 1,
  },
  {
    name: 'trafficToSafe',
    kind: 'change',
    before: { operationId: READ_SHARE },
    call: MOVE,
    after: { operationId: READ_SHARE, nth: 2 },
    prepare: (stage) => moveShare(stage, 50),
    act: toSafe,
    effects: ['share 50 to 0'],
    nth: 1,
  },
  {
    name: 'switchOn',
    kind: 'change',
    before: { operationId: READ_SWITCH },
    call: HALT,
    after: { operationId: READ_SWITCH, nth: 2 },
    act: switchOn,
    effects: ['tenant_halt by golive:test:c0ffee00:kill-switch-on:1 go-live rollback: a test'],
    nth: 1,
  },
  {
    name: 'rollBackPolicies, of the first pack',
    kind: 'change',
    before: { operationId: READ_PACKS },
    call: { operationId: 'rollbackPolicy', path: 'pv_41' },
    after: { operationId: READ_PACKS, nth: 2 },
    ...ROLLBACK,
    nth: 1,
  },
  {
    name: 'rollBackPolicies, of the second pack',
    kind: 'change',
    before: { operationId: READ_PACKS, nth: 3 },
    call: { operationId: 'rollbackPolicy', path: 'pv_16' },
    after: { operationId: READ_PACKS, nth: 4 },
    ...ROLLBACK,
    nth: 2,
  },
  {
    name: 'switchOff',
    kind: 'change',
    before: { operationId: READ_SWITCH, nth: 2 },
    call: RELEASE,
    after: { operationId: READ_SWITCH, nth: 3 },
    prepare: safelyStopped,
    act: switchOff,
    effects: ['tenant_resume by golive:test:c0ffee00:kill-switch-off:1 released after the rollback'],
    nth: 1,
  },
];

/** Takes back what a drill that died has left. */
const UNDOS: readonly Mutation[] = [
  {
    name: 'releaseDrillHalt',
    kind: 'undo',
    before: { operationId: READ_SWITCH, nth: 2 },
    call: RELEASE,
    after: { operationId: READ_SWITCH, nth: 3 },
    prepare: ({ others, key }) => others.applyEmergencyAction('tenant_halt', { reason: key('kill-switch-drill') }),
    act: releaseDrillHalt,
    effects: ['tenant_resume by golive:test:c0ffee00:kill-switch-drill:2'],
    nth: 1,
  },
  {
    name: 'revokeDrillCredentials',
    kind: 'undo',
    before: { operationId: 'listApiTokens' },
    call: { operationId: 'revokeApiToken' },
    after: { operationId: 'listApiTokens', nth: 2 },
    prepare: ({ others, key }) =>
      others.createApiToken({
        name: `${key('token-revocation-drill')}/1`,
        environmentKey: 'prod',
        scopes: ['policy:read'],
      }),
    act: revokeDrillCredentials,
    effects: [
      'revoked golive:test:c0ffee00:token-revocation-drill:1/1 by golive:test:c0ffee00:token-revocation-drill:2',
    ],
    nth: 1,
  },
  {
    name: 'restoreStaging',
    kind: 'undo',
    before: { operationId: READ_PACKS, nth: 2 },
    call: { operationId: 'rollbackPolicy' },
    after: { operationId: READ_PACKS, nth: 3 },
    prepare: (stage) => {
      const comments = `${stage.key('rollback-rehearsal')}/back`;
      return worldOf(stage).staging.rollbackPolicy('pv_116', { rolledBackBy: 'golive', comments });
    },
    act: restoreStaging,
    effects: ['data-access pv_116 to pv_117 by golive:test:c0ffee00:rollback-rehearsal:2/forth'],
    nth: 1,
  },
];

const KILL_SWITCH_DRILL = {
  act: killSwitchDrill,
  effects: [
    'tenant_halt by golive:test:c0ffee00:kill-switch-drill:1',
    'tenant_resume by golive:test:c0ffee00:kill-switch-drill:1',
  ],
};

const ROLLBACK_DRILL = {
  act: rollbackDrill,
  effects: [
    'data-access pv_117 to pv_116 by golive:test:c0ffee00:rollback-rehearsal:1/back',
    'data-access pv_116 to pv_117 by golive:test:c0ffee00:rollback-rehearsal:1/forth',
  ],
};

/** What comes in pairs, the second of which takes back the first. */
const DRILLS: readonly Mutation[] = [
  {
    name: 'rehearseKillSwitch, when it halts',
    kind: 'drill',
    before: { operationId: READ_SWITCH },
    call: HALT,
    after: { operationId: READ_SWITCH, nth: 2 },
    ...KILL_SWITCH_DRILL,
    nth: 1,
    measuredAnew: 'once this call came through',
  },
  {
    name: 'rehearseKillSwitch, when it releases',
    kind: 'drill',
    before: { operationId: READ_SWITCH, nth: 4 },
    call: RELEASE,
    after: { operationId: READ_SWITCH, nth: 5 },
    ...KILL_SWITCH_DRILL,
    nth: 2,
    measuredAnew: 'whenever it is repeated',
  },
  {
    name: 'rehearseRollback, when it goes back',
    kind: 'drill',
    before: { operationId: READ_PACKS, nth: 2 },
    call: { operationId: 'rollbackPolicy', path: 'pv_116' },
    after: { operationId: READ_PACKS, nth: 3 },
    ...ROLLBACK_DRILL,
    nth: 1,
  },
  {
    name: 'rehearseRollback, when it goes forth',
    kind: 'drill',
    before: { operationId: READ_PACKS, nth: 4 },
    call: { operationId: 'rollbackPolicy', path: 'pv_117' },
    after: { operationId: READ_PACKS, nth: 5 },
    ...ROLLBACK_DRILL,
    nth: 2,
    measuredAnew: 'once this call came through',
  },
];

/** Every mutation of the activities, except the drill of revocation, which no repetition can go on with. */
export const MUTATIONS: readonly Mutation[] = [...CHANGES, ...UNDOS, ...DRILLS];
