import { conduct } from './conduct.ts';
import type { Report } from '../domain/run.ts';
import { undoByRollback } from './undos.ts';

/**
 * The go-live runbook of Intended (`docs/runbook.md`), from the first check to the archived evidence. What stops it,
 * wherever that happens, leads to the rollback of `rollback.ts`.
 *
 * @param request exactly one plan, `contract/plan.example.json`
 */
export function goLive(...request: unknown[]): Promise<Report> {
  return conduct(request, async (conductor) => {
    const { plan, scope } = conductor;
    const { limits, policy, rollout, gates } = plan;

    conductor.enter('preflight');
    await conductor.check('tenant-capabilities', (calls, key) =>
      calls.probeCapabilities(scope, { rollout, limits, key }),
    );
    conductor.startsAtRest();
    await Promise.all([
      conductor.check('infrastructure-health', (calls) => calls.checkHealth(scope)),
      conductor.control('policy-set', (calls) => calls.checkPolicySet(scope, { policy })),
      conductor.check('operational-readiness', (calls, key) => calls.checkReadiness(scope, { limits, key })),
      conductor.check('token-signing', (calls, key) => calls.checkTokenSigning(scope, { key })),
      conductor.check('audit-pipeline', (calls, key) => calls.checkAuditPipeline(scope, { limits, key })),
    ]);

    conductor.enter('controls');
    await Promise.all([
      conductor.drill('kill-switch-drill'),
      conductor.drill('token-revocation-drill'),
      conductor.attestation('circuit-breakers'),
      conductor.control('production-keys', (calls) => calls.checkProductionKeys(scope)),
      conductor.control('key-isolation', (calls) => calls.checkKeyIsolation(scope)),
      conductor.control('role-review', (calls) => calls.checkRoles(scope)),
      conductor.control('health-monitoring', (calls) => calls.checkMonitoring(scope, { alert: 'health' })),
      conductor.control('latency-alert', (calls) => calls.checkMonitoring(scope, { alert: 'latency' })),
      conductor.control('error-rate-alert', (calls) => calls.checkMonitoring(scope, { alert: 'errorRate' })),
      conductor.control('audit-lag-alert', (calls) => calls.checkMonitoring(scope, { alert: 'auditLag' })),
      conductor.control('rollback-version', (calls) => calls.checkPreviousVersions(scope, { policy })),
      conductor.drill('rollback-rehearsal'),
      conductor.control('rollback-approvers', (calls) =>
        calls.checkApprovers(scope, { gate: gates['release-kill-switch'], requester: plan.requestedBy }),
      ),
    ]);

    conductor.enter('incident-readiness');
    await Promise.all([
      conductor.control('on-call', (calls) =>
        calls.checkOnCall(scope, { owner: plan.controls['on-call']?.owner ?? null }),
      ),
      conductor.attestation('incident-runbook'),
      conductor.attestation('incident-channel'),
      conductor.attestation('escalation-path'),
    ]);

    conductor.enter('rollout');
    const begin = await conductor.gate('begin-traffic');
    const before = await conductor.markAudit('low-traffic');
    await conductor.shift('low-traffic', {
      allowedBy: begin,
      ready: (calls) => calls.confirmReady(scope, { rollout, policy }),
      percent: rollout.lowTraffic.percent,
      undo: undoByRollback,
    });
    await conductor.window('steady-state', rollout.lowTraffic.hold);
    const soaked = await conductor.markAudit('deny-review');
    const baseline = await conductor.review('deny-review', before);
    const increase = await conductor.gate('increase-traffic');
    const [quarter, half, all] = rollout.ramp;
    await conductor.shift('ramp-25', { ...quarter, allowedBy: increase, undo: undoByRollback });
    await conductor.shift('ramp-50', { ...half, allowedBy: increase, undo: undoByRollback });
    await conductor.shift('ramp-100', { ...all, allowedBy: increase, undo: undoByRollback });

    conductor.enter('post-launch');
    await conductor.window('post-launch-watch', rollout.postLaunch);
    await conductor.check('post-launch-readiness', (calls, key) =>
      calls.checkEverythingAgain(scope, { limits, policy, key }),
    );
    await conductor.control('audit-review', (calls) => calls.reviewAudit(scope, { marks: [before, soaked] }));
    await conductor.control('deny-patterns', (calls) => calls.compareDenials(scope, { since: soaked, baseline }));
    return conductor.archive('live');
  });
}
