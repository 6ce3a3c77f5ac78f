import type { Scope } from '../activities/index.ts';
import type { FactualControlId } from '../domain/plan.ts';
import type { Plan } from '../domain/plan-schema.ts';
import type { Act } from './patience.ts';

/** Something is changed, and taken back at once. The undo tolerates that the deed never happened, or happened half. */
export interface Drill {
  readonly do: Act;
  readonly undo: Act;
}

export type DrillId = Extract<FactualControlId, 'kill-switch-drill' | 'token-revocation-drill' | 'rollback-rehearsal'>;

/** What the drills of the runbook change, and how it is taken back: by the go-live, or by the guardian in its place. */
export function drillsOf(scope: Scope, { limits }: Pick<Plan, 'limits'>): Readonly<Record<DrillId, Drill>> {
  return {
    'kill-switch-drill': {
      do: (calls, key) => calls.rehearseKillSwitch(scope, { key, within: limits.haltToDeny }),
      undo: (calls, key) => calls.releaseDrillHalt(scope, { key }),
    },
    'token-revocation-drill': {
      do: (calls, key) => calls.rehearseRevocation(scope, { key }),
      undo: (calls, key) => calls.revokeDrillCredentials(scope, { key }),
    },
    'rollback-rehearsal': {
      do: (calls, key) => calls.rehearseRollback(scope, { key }),
      undo: (calls, key) => calls.restoreStaging(scope, { key }),
    },
  };
}
