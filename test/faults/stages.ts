import type { StepId } from '../../src/domain/plan.ts';
import type { StruckCall } from './strike.ts';

/** How a go-live goes on once the stage was struck: as far as it must to show that nothing was lost. */
export type Journey =
  /** Stopped by somebody once the step has passed. */
  | 'stopped after it'
  /** Stopped by somebody at the first traffic; the stage is a part of the way back. */
  | 'stopped before it'
  /** All the way. */
  | 'live';

/** A part of the runbook that decides or changes something. */
export interface Stage extends StruckCall {
  readonly step: StepId;
  readonly journey: Journey;
}

const SHIFT = { activity: 'shiftTraffic', touch: 'change', pauseAt: 'change', journey: 'stopped after it' } as const;
const WATCH = { activity: 'watchWindow', touch: 'look', pauseAt: 'look', containing: '"purpose":"soak"' } as const;

// A row a line, so that it reads as the table it is.
/* prettier-ignore */
export const STAGES: readonly Stage[] = [
  { step: 'operational-readiness', activity: 'checkReadiness', containing: '', touch: 'look', pauseAt: 'look', journey: 'stopped after it' },
  { step: 'token-signing', activity: 'checkTokenSigning', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped after it' },
  { step: 'audit-pipeline', activity: 'checkAuditPipeline', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped after it' },
  { step: 'kill-switch-drill', activity: 'rehearseKillSwitch', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped after it' },
  { step: 'token-revocation-drill', activity: 'rehearseRevocation', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped after it' },
  { step: 'rollback-rehearsal', activity: 'rehearseRollback', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped after it' },
  { step: 'begin-traffic', activity: 'showEvidence', containing: 'begin-traffic', touch: 'file', pauseAt: 'file', journey: 'stopped after it' },
  { ...SHIFT, step: 'low-traffic', containing: ':low-traffic:' },
  { ...WATCH, step: 'steady-state', journey: 'stopped after it' },
  { step: 'deny-review', activity: 'sampleDenials', containing: '', touch: 'look', pauseAt: 'look', journey: 'stopped after it' },
  { ...SHIFT, step: 'ramp-25', containing: ':ramp-25:' },
  { ...SHIFT, step: 'ramp-50', containing: ':ramp-50:' },
  { ...SHIFT, step: 'ramp-100', containing: ':ramp-100:' },
  { step: 'post-launch-readiness', activity: 'checkEverythingAgain', containing: '', touch: 'change', pauseAt: 'look', journey: 'live' },
  { step: 'archive-evidence', activity: 'archiveEvidence', containing: '"live"', touch: 'file', pauseAt: 'file', journey: 'live' },
  { step: 'kill-switch-on', activity: 'switchOn', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped before it' },
  { step: 'traffic-to-safe', activity: 'trafficToSafe', containing: '', touch: 'change', pauseAt: 'change', journey: 'stopped before it' },
  { step: 'policy-rollback', activity: 'rollBackPolicies', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped before it' },
  { step: 'verify-rollback', activity: 'verifyRollback', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped before it' },
  { step: 'kill-switch-off', activity: 'switchOff', containing: '', touch: 'change', pauseAt: 'look', journey: 'stopped before it' },
];
