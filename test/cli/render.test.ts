import { describe, expect, it } from 'vitest';
import { render } from '../../src/cli/screen/render.ts';
import { CONTROL_IDS, STEPS } from '../../src/domain/plan.ts';
import type { Progress } from '../../src/domain/run.ts';
import { approval, attestation, figures, hold, progress, second, step, view, waitingFor } from './views.ts';

const drawn = (...args: Parameters<typeof render>) => `\n${render(...args).join('\n')}\n`;
const passedIn = (phase: string) => STEPS.filter((row) => row.phase === phase).map(({ id }) => step(id));
const SOAK = { status: 'running', startedAt: second(30), endedAt: null, deadline: second(54) } as const;

const ramping = progress({
  state: 'watching',
  phase: 'rollout',
  traffic: { percent: 25, confirmed: true },
  killSwitch: 'off',
  steps: [...passedIn('preflight'), step('begin-traffic'), step('ramp-25', SOAK)],
});
const incomplete = progress({
  state: 'rollback-incomplete',
  phase: 'rollback',
  traffic: { percent: 0, confirmed: true },
  killSwitch: 'on',
  waitingFor: [waitingFor('hands', 'policy-rollback')],
  ending: { outcome: 'rolled-back', why: 'breach: error-share is 19.18 % of 73 requests', by: null, at: second(30) },
  steps: [
    step('ramp-25', { status: 'failed', verdict: null }),
    step('kill-switch-on'),
    step('traffic-to-safe'),
    step('policy-rollback', { status: 'blocked', endedAt: null, reasons: ['PlatformRefused: 403'] }),
  ],
});

describe('The live view', () => {
  it('shows a run that was just admitted, of which little is known', () => {
    expect(drawn(view(), 100)).toMatchInlineSnapshot(`
      "
       REHEARSAL ×1440  golive/tenant_acme_prod/production  release 2026-11-22.1
      CHECKING  traffic unknown  kill switch unknown  elapsed 0:42  trust namespace
      http://127.0.0.1:8233/namespaces/default/workflows/golive%2Ftenant_acme_prod%2Fproduction

      ▶ preflight             0/6
      ○ controls             0/13
      ○ incident-readiness    0/4
      ○ rollout               0/8
      ○ post-launch           0/5
      "
    `);
  });

  it('shows who is asked for what, one line a person however many controls they vouch for', () => {
    const waiting = [
      attestation('kill-switch-drill', 'ben@acme.example'),
      attestation('latency-alert', 'chi@acme.example'),
      attestation('circuit-breakers', 'ben@acme.example'),
      approval({ have: 1 }),
    ];
    expect(drawn(view({ progress: progress({ state: 'waiting', waitingFor: waiting }) }), 100)).toMatchInlineSnapshot(`
      "
       REHEARSAL ×1440  golive/tenant_acme_prod/production  release 2026-11-22.1
      WAITING  traffic unknown  kill switch unknown  elapsed 0:42  trust namespace
      http://127.0.0.1:8233/namespaces/default/workflows/golive%2Ftenant_acme_prod%2Fproduction

      ▶ preflight             0/6
      ○ controls             0/13
      ○ incident-readiness    0/4
      ○ rollout               0/8
      ○ post-launch           0/5

      waiting for
        2:18 left, until 10:03:00 UTC: attestation of kill-switch-drill, circuit-breakers, from ben@acme.…
        2:18 left, until 10:03:00 UTC: attestation of latency-alert, from chi@acme.example
        2:18 left, until 10:03:00 UTC: approval of begin-traffic, 1 of 2, from ben@acme.example, chi@acme…
        After that the go-live is stopped; no traffic has moved.
      "
    `);
  });

  it('shows a soak with the time left, the live figures beside their limits and what happened last', () => {
    const events = [
      { at: Date.parse(second(28)), change: { kind: 'traffic', percent: 25, confirmed: true } as const },
      { at: Date.parse(second(30)), change: { kind: 'step', step: step('ramp-25', SOAK) } as const },
    ];
    expect(drawn(view({ progress: ramping, figures: figures(), events }), 100)).toMatchInlineSnapshot(`
      "
       REHEARSAL ×1440  golive/tenant_acme_prod/production  release 2026-11-22.1
      WATCHING  traffic 25 % confirmed  kill switch off  elapsed 0:42  trust namespace
      http://127.0.0.1:8233/namespaces/default/workflows/golive%2Ftenant_acme_prod%2Fproduction

      ✔ preflight             6/6
      ○ controls             0/13
      ○ incident-readiness    0/4
      ▶ rollout               1/8
      ○ post-launch           0/5

      ▶ ramp-25                 ████████████░░░░░░░░░░░░ 0:12 left  A quarter of the traffic

      live  4,312 requests seen, at least 100 needed
        p50           4 ms   at most 1000 ms       ok
        p95         9.5 ms   at most 2500 ms       ok
        p99          22 ms   at most 5000 ms       ok
        errors      0.02 %   at most 0.50 %        ok
        allowed    91.80 %   85.00 % to 97.00 %    ok

      last events
        0:28  traffic 25 % confirmed
        0:30  ▶ ramp-25 A quarter of the traffic
      "
    `);
  });

  it('tells a limit that is broken, one that is not measured and a metric source that is silent', () => {
    const broken = figures({ errorShare: 0.2, p99: null, allowShare: 1, problem: 'no target answers' });
    expect(drawn(view({ progress: ramping, figures: broken }), 100)).toMatchInlineSnapshot(`
      "
       REHEARSAL ×1440  golive/tenant_acme_prod/production  release 2026-11-22.1
      WATCHING  traffic 25 % confirmed  kill switch off  elapsed 0:42  trust namespace
      http://127.0.0.1:8233/namespaces/default/workflows/golive%2Ftenant_acme_prod%2Fproduction

      ✔ preflight             6/6
      ○ controls             0/13
      ○ incident-readiness    0/4
      ▶ rollout               1/8
      ○ post-launch           0/5

      ▶ ramp-25                 ████████████░░░░░░░░░░░░ 0:12 left  A quarter of the traffic

      live  4,312 requests seen, at least 100 needed  no target answers
        p50           4 ms   at most 1000 ms       old data
        p95         9.5 ms   at most 2500 ms       old data
        p99              –   at most 5000 ms       no data
        errors     20.00 %   at most 0.50 %        OUTSIDE
        allowed   100.00 %   85.00 % to 97.00 %    OUTSIDE
      "
    `);
  });

  it('says for how long there has been no data when the watch itself is silent', () => {
    const old = view({ progress: ramping, figures: figures({ at: Date.parse(second(2)) }) });
    expect(render(old, 100).join('\n')).toContain('no data for 40 s');
  });

  it('shows a rollback that needs hands, with what went wrong', () => {
    expect(drawn(view({ progress: incomplete }), 100)).toMatchInlineSnapshot(`
      "
       REHEARSAL ×1440  golive/tenant_acme_prod/production  release 2026-11-22.1
      ROLLBACK-INCOMPLETE  traffic 0 % confirmed  kill switch on  elapsed 0:42  trust namespace
      stopped: breach: error-share is 19.18 % of 73 requests
      http://127.0.0.1:8233/namespaces/default/workflows/golive%2Ftenant_acme_prod%2Fproduction

      ○ preflight             0/6
      ○ controls             0/13
      ○ incident-readiness    0/4
      ✖ rollout               0/8
      ○ post-launch           0/5
      ▶ rollback              2/7

      ⚠ policy-rollback         0:42 so far  Previous policy versions back
          PlatformRefused: 403
          Deploy the previous versions, which the plan names under policy.previous, by hand, or give the …

      waiting for
        hands for policy-rollback, from anybody
      "
    `);
  });

  it('says why it is held, what becomes of it when nobody resumes, and on which day that is', () => {
    const steps = [...ramping.steps, step('low-traffic')];
    const held = progress({ ...ramping, state: 'held', steps, waitingFor: [hold({ until: second(90_000) })] });
    expect(
      drawn(view({ progress: held }), 100)
        .split('\n\n')
        .at(-1),
    ).toMatchInlineSnapshot(`
      "waiting for
        1 d 0:59:18 left, until Mon 2026-11-23 11:00:00 UTC: resume, held by golive
          the share was moved to 40 % by somebody else
        After that the go-live is stopped and rolled back.
      "
    `);
  });

  it('says what to do once a step of the rollback has run for a minute, which nobody may be able to tell people', () => {
    const halting = (startedAt: string) => {
      const steps = [step('kill-switch-on', { status: 'running', startedAt, endedAt: null })];
      return drawn(view({ progress: progress({ state: 'rolling-back', phase: 'rollback', steps }) }), 200);
    };
    const remedy = 'Halt the tenant by hand';
    expect(halting(second(0))).not.toContain(remedy);
    expect(halting(second(-20))).toContain(remedy);
  });

  it.each(['on', 'unknown'] as const)('shows in red a kill switch that is %s', (killSwitch) => {
    const [, header] = render(view({ progress: progress({ killSwitch }) }), 200, (style, text) =>
      style === 'red' ? `!${text}` : text,
    );
    expect(header).toContain(`kill switch !${killSwitch}`);
  });

  it('says in red that people could not be told, and of what', () => {
    const lastProblem = { at: second(1), notice: 'BREACH: errors', why: 'PagingFailed: 1 of 1 pagers did not accept' };
    const lines = render(
      view({ progress: progress({ notifications: { failed: 2, lastProblem } }) }),
      200,
      (style, text) => (style === 'red' ? `!${text}` : text),
    );
    expect(lines).toContain(
      '!2 times somebody could not be told, last: BREACH: errors: PagingFailed: 1 of 1 pagers did not accept',
    );
  });

  it('counts what is not shown for lack of room', () => {
    const steps = CONTROL_IDS.map((id) => step(id, { status: 'running', endedAt: null }));
    const lines = render(view({ progress: progress({ phase: 'controls', steps }) }), 100);
    expect(lines.join('\n')).toContain(`and ${CONTROL_IDS.length - 4} more steps`);
  });

  it('does not count the sealed evidence of a rejected run as a step of its preflight', () => {
    const steps = [step('tenant-capabilities'), step('archive-evidence', { phase: 'preflight' })];
    const ending = { outcome: 'rejected', why: 'aborted', by: 'chi@acme.example', at: second(9) } as const;
    const lines = render(view({ progress: progress({ state: 'rejected', steps, ending }) }), 100);
    expect(lines.find((text) => text.includes('preflight'))).toMatchInlineSnapshot(`"✖ preflight             1/6"`);
  });

  it.each<[string, Progress]>([
    ['a soak', ramping],
    ['a rollback', incomplete],
  ])('fits every width that a terminal can have: %s', (_name, it) => {
    for (const width of [1, 20, 40, 57, 80, 200]) {
      const lines = render(view({ progress: it, figures: figures() }), width);
      for (const text of lines) expect(text.length).toBeLessThanOrEqual(width);
    }
  });

  it('keeps the rehearsal stamp on a narrow screen', () => {
    expect(drawn(view({ progress: ramping, figures: figures() }), 40)).toMatchInlineSnapshot(`
      "
       REHEARSAL ×1440  golive/tenant_acme_pr…
      WATCHING  traffic 25 % confirmed  kill …
      http://127.0.0.1:8233/namespaces/defaul…

      ✔ preflight             6/6
      ○ controls             0/13
      ○ incident-readiness    0/4
      ▶ rollout               1/8
      ○ post-launch           0/5

      ▶ ramp-25                 ████████████░…

      live  4,312 requests seen, at least 100…
        p50           4 ms   at most 1000 ms …
        p95         9.5 ms   at most 2500 ms …
        p99          22 ms   at most 5000 ms …
        errors      0.02 %   at most 0.50 %  …
        allowed    91.80 %   85.00 % to 97.00…
      "
    `);
  });

  it('lets no text from outside move the cursor', () => {
    const steps = [step('policy-set', { status: 'blocked', endedAt: null, reasons: ['\u001b[2J\u0007gone\nnext'] })];
    const text = render(view({ progress: progress({ state: 'blocked', steps }) }), 100).join('|');
    expect(text).not.toMatch(/\p{Cc}/u);
    expect(text).toContain('gone next');
  });
});
