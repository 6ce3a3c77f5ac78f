import { describe, expect, it } from 'vitest';
import { tableOf } from '../../src/cli/run/list.ts';
import type { ListedRun } from '../../src/cli/run/list-runs.ts';
import { uiLink } from '../../src/cli/run/ui-link.ts';
import { line, unpainted } from '../../src/cli/screen/lines.ts';
import { nextCommands } from '../../src/cli/screen/next-commands.ts';
import { renderWhole } from '../../src/cli/screen/render.ts';
import { approval, attestation, progress, second, step, view, waitingFor } from './views.ts';

const GOLIVE = 'golive/tenant_acme_prod/production';

describe('Looking once', () => {
  const waiting = progress({
    state: 'waiting',
    phase: 'rollout',
    steps: [step('policy-set'), step('begin-traffic', { status: 'running', endedAt: null, deadline: second(180) })],
    waitingFor: [approval({ have: 1 })],
  });

  it('cuts nothing on a terminal of 80 columns: who may decide and the link are for reading', () => {
    const lines = renderWhole(view({ progress: waiting }), 80);
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
       REHEARSAL ×1440  golive/tenant_acme_prod/production  release 2026-11-22.1
      WAITING  traffic unknown  kill switch unknown  elapsed 0:42  trust namespace
      http://127.0.0.1:8233/namespaces/default/workflows/golive%2Ftenant_acme_prod%2Fproduction

      ○ preflight             1/6
      ○ controls             0/13
      ○ incident-readiness    0/4
      ▶ rollout               0/8
      ○ post-launch           0/5

      ▶ begin-traffic           ██████░░░░░░░░░░░░░░░░░░ 2:18 left  Approve the first
          traffic

      waiting for
        2:18 left, until 10:03:00 UTC: approval of begin-traffic, 1 of 2, from
          ben@acme.example, chi@acme.example, dee@acme.example
        After that the go-live is stopped; no traffic has moved.
      "
    `);
  });

  it('shows no figures where the plan, and so the limits, cannot be read', () => {
    const text = renderWhole(view({ progress: waiting, limits: null, uiUrl: undefined }), 80).join('\n');
    expect(text).not.toContain('p95');
    expect(text).not.toContain('http');
  });
});

describe('What to do next', () => {
  it('is one command for everything that one person is asked for, and names the run only when that is needed', () => {
    const waitingForAll = [
      attestation('role-review', 'dee@acme.example'),
      attestation('latency-alert', 'chi@acme.example'),
      approval(),
      waitingFor('recheck', 'audit-pipeline'),
      waitingFor('hands', 'policy-rollback'),
    ];
    expect(nextCommands({ waitingFor: waitingForAll }, undefined)).toEqual([
      'golive attest',
      'golive approve begin-traffic',
      'golive recheck',
      'golive retry-rollback',
    ]);
    expect(nextCommands({ waitingFor: [approval()] }, "it's mine")).toEqual([
      `golive approve begin-traffic --workflow-id 'it'\\''s mine'`,
    ]);
  });
});

describe('The list of go-lives', () => {
  const run = (patch: Partial<ListedRun> = {}): ListedRun => ({
    workflowId: GOLIVE,
    runId: '1',
    state: 'waiting',
    phase: 'rollout',
    trafficPercent: 5,
    awaiting: ['increase-traffic'],
    tenant: 'tenant_acme_prod',
    environment: 'production',
    startedAt: second(0),
    closedAt: null,
    ...patch,
  });
  const table = (width: number, ...runs: readonly ListedRun[]) =>
    `\n${tableOf(runs)
      .map((parts) => line(parts, width, unpainted))
      .join('\n')}\n`;

  it('lines up, and a narrow terminal loses the end of it', () => {
    const terminated = run({
      workflowId: 'golive/b/staging',
      state: 'terminated',
      phase: null,
      trafficPercent: null,
      awaiting: [],
    });
    expect(table(120, run(), terminated)).toMatchInlineSnapshot(`
      "
      go-live                             state       phase    traffic  waits for         started (UTC)
      golive/tenant_acme_prod/production  waiting     rollout  5 %      increase-traffic  2026-11-22 10:00
      golive/b/staging                    terminated  –        –        –                 2026-11-22 10:00
      "
    `);
    expect(table(60, run())).toMatchInlineSnapshot(`
      "
      go-live                             state    phase    traff…
      golive/tenant_acme_prod/production  waiting  rollout  5 %  …
      "
    `);
  });
});

describe('The page in the Temporal UI', () => {
  const place = { address: 'temporal.acme.example:7233', namespace: 'prod' };

  it('is known where somebody says where the UI is, and at Temporal Cloud', () => {
    expect(uiLink({ GOLIVE_UI_URL: 'https://temporal.acme.example/' }, place, GOLIVE)).toBe(
      'https://temporal.acme.example/namespaces/prod/workflows/golive%2Ftenant_acme_prod%2Fproduction',
    );
    expect(uiLink({}, { address: 'acme.a1b2c.tmprl.cloud:7233', namespace: 'acme.a1b2c' }, 'a')).toBe(
      'https://cloud.temporal.io/namespaces/acme.a1b2c/workflows/a',
    );
  });

  it('is not guessed elsewhere', () => {
    expect(uiLink({}, place, GOLIVE)).toBeUndefined();
    expect(
      uiLink({ GOLIVE_UI_URL: '' }, { ...place, address: 'tmprl.cloud.evil.example:7233' }, GOLIVE),
    ).toBeUndefined();
  });
});
