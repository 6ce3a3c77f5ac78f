import { conduct } from './conduct.ts';
import type { Report } from '../domain/run.ts';
import { undoBy, undoByRollback } from './undo.ts';

/**
 * The go-live runbook of Intended (`docs/runbook.md`), from the first check to the archived evidence. What stops it,
 * wherever that happens, leads to the rollback of `rollback.ts`.
 *
 * @param request exactly one plan, `contract/plan.example.json`
 */
export function goLive(...request: unknown[]): Promise<Report> {
  return conduct(request, async (run) => {
    const { plan, scope } = run;
    const { limits, policy, rollout, gates } = plan;

    run.enter('preflight');
    await run.check('tenant-capabilities', (calls, key) => calls.probeCapabilities(scope, { rollout, key }));
    run.startsAtRest();
    await Promise.all([
      run.check('infrastructure-health', (calls) => calls.checkHealth(scope)),
      run.check('policy-set', (calls) => calls.checkPolicySet(scope, { policy })),
      run.check('operational-readiness', (calls, key) => calls.checkReadiness(scope, { limits, key })),
      run.check('token-signing', (calls, key) => calls.checkTokenSigning(scope, { key })),
      run.check('audit-pipeline', (calls, key) => calls.checkAuditPipeline(scope, { limits, key })),
    ]);

    run.enter('controls');
    await Promise.all([
      run.drill('kill-switch-drill', {
        do: (calls, key) => calls.rehearseKillSwitch(scope, { key, within: limits.haltToDeny }),
        undo: undoBy((calls, key) => calls.releaseDrillHalt(scope, { key })),
      }),
      run.drill('token-revocation-drill', {
        do: (calls, key) => calls.rehearseRevocation(scope, { key }),
        undo: undoBy((calls, key) => calls.revokeDrillCredentials(scope, { key })),
      }),
      run.word('circuit-breakers'),
      run.control('production-keys', (calls) => calls.checkProductionKeys(scope)),
      run.control('key-isolation', (calls) => calls.checkKeyIsolation(scope)),
      run.control('role-review', (calls) => calls.checkRoles(scope)),
      run.control('health-monitoring', (calls) => calls.checkMonitoring(scope, { alert: 'health' })),
      run.control('latency-alert', (calls) => calls.checkMonitoring(scope, { alert: 'latency' })),
      run.control('error-rate-alert', (calls) => calls.checkMonitoring(scope, { alert: 'errorRate' })),
      run.control('audit-lag-alert', (calls) => calls.checkMonitoring(scope, { alert: 'auditLag' })),
      run.control('rollback-version', (calls) => calls.checkPreviousVersions(scope, { policy })),
      run.drill('rollback-rehearsal', {
        do: (calls, key) => calls.rehearseRollback(scope, { key }),
        undo: undoBy((calls, key) => calls.restoreStaging(scope, { key })),
      }),
      run.control('rollback-approvers', (calls) =>
        calls.checkApprovers(scope, { gate: gates['release-kill-switch'], requester: plan.requestedBy }),
      ),
    ]);

    run.enter('incident-readiness');
    await Promise.all([
      run.control('on-call', (calls) => calls.checkOnCall(scope, { owner: plan.controls['on-call']?.owner ?? null })),
      run.word('incident-runbook'),
      run.word('incident-channel'),
      run.word('escalation-path'),
    ]);

    run.enter('rollout');
    await run.gate('begin-traffic');
    const before = await run.markAudit();
    await run.shift('low-traffic', { percent: rollout.lowTraffic.percent, undo: undoByRollback });
    await run.window('steady-state', rollout.lowTraffic.hold);
    const patterns = await run.review('deny-review', before);
    await run.gate('increase-traffic');
    const [quarter, half, all] = rollout.ramp;
    await run.shift('ramp-25', { ...quarter, undo: undoByRollback });
    await run.shift('ramp-50', { ...half, undo: undoByRollback });
    await run.shift('ramp-100', { ...all, undo: undoByRollback });

    run.enter('post-launch');
    await run.window('post-launch-watch', rollout.postLaunch);
    await run.check('post-launch-readiness', (calls, key) =>
      calls.checkEverythingAgain(scope, { limits, policy, key }),
    );
    await run.check('audit-review', (calls) => calls.reviewAudit(scope, { since: before }));
    await run.check('deny-patterns', (calls) => calls.compareDenials(scope, { since: before, patterns }));
    return run.archive('live');
  });
}
