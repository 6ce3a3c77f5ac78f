import type { Activities } from '../../src/activities/index.ts';
import type { Finding } from '../../src/domain/verdict.ts';
import { LIMITS, PLAN, type Stage } from './stage.ts';

/** One change or drill of a stage, with the stage's own activities or with others. */
export type Deed = (stage: Stage, activities?: Activities) => Promise<Finding>;

const { previous } = PLAN.policy;
const within = LIMITS.haltToDeny;

export const switchOn: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.switchOn(scope, { key: key('kill-switch-on'), reason: 'a test', within });

export const switchOff: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.switchOff(scope, { key: key('kill-switch-off'), previous, percent: 0, approvedBy: [] });

export const rollBack: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.rollBackPolicies(scope, { previous, key: key('policy-rollback') });

export const shift: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.shiftTraffic(scope, { from: 0, to: 5, key: key('low-traffic'), approvedBy: [] });

export const toSafe: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.trafficToSafe(scope, { percent: 0, key: key('traffic-to-safe') });

export const killSwitchDrill: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.rehearseKillSwitch(scope, { key: key('kill-switch-drill'), within });

export const revocationDrill: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.rehearseRevocation(scope, { key: key('token-revocation-drill') });

export const rollbackDrill: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.rehearseRollback(scope, { key: key('rollback-rehearsal') });

// An undo comes under a later generation of the key than the drill that it takes back.

export const releaseDrillHalt: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.releaseDrillHalt(scope, { key: key('kill-switch-drill', 2) });

export const revokeDrillCredentials: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.revokeDrillCredentials(scope, { key: key('token-revocation-drill', 2) });

export const restoreStaging: Deed = ({ scope, key, ...stage }, activities = stage.activities) =>
  activities.restoreStaging(scope, { key: key('rollback-rehearsal', 2) });

/** The kill switch on and the policies back: what a release needs. */
export async function safelyStopped(stage: Stage): Promise<void> {
  await switchOn(stage);
  await rollBack(stage);
}
