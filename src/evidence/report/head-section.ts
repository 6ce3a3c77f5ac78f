import type { Plan } from '../../domain/plan-schema.ts';
import type { Outcome } from '../../domain/run.ts';
import type { Account } from '../contents/account.ts';
import { html, type Content, type Markup } from './markup.ts';
import { lasting, moment } from './times.ts';

/** What an outcome is called on the first line, and in one sentence. */
const OUTCOMES: Readonly<Record<Outcome, readonly [name: string, sentence: string]>> = {
  live: ['Live', 'Every step of the runbook passed, and all of the traffic goes through the platform.'],
  'rolled-back': [
    'Rolled back',
    'The go-live was stopped and everything was taken back: traffic at its safe share, previous policy versions active.',
  ],
  rejected: ['Rejected', 'The go-live was stopped before any traffic had moved.'],
  canceled: ['Canceled', 'The go-live was canceled, and what it had changed was taken back.'],
  destroyed: ['Destroyed', 'The run was destroyed from outside. What it had recorded by then is below.'],
};

/** A rehearsal says so wherever the page is torn off. */
export function rehearsalStamp({ rehearsal }: Account, { clock }: Plan): Markup {
  return html`${
    rehearsal &&
    html`<aside class="rehearsal" aria-label="Rehearsal">
        <strong>Rehearsal</strong> The clock ran ${clock.speed} times faster. This is no evidence of a go-live of
        production.
      </aside>
      <div class="watermark" aria-hidden="true">Rehearsal</div>`
  }`;
}

/** How it ended, and what it was about. */
export function headSection(account: Account, plan: Plan): Markup {
  const { outcome, stopped } = account;
  const [name, sentence] =
    outcome === null ? ['Not ended', 'The run had not ended when this was written.'] : OUTCOMES[outcome];
  return html`<header>
    <p class="kind">Go-live of Intended</p>
    <h1>${plan.summary}</h1>
    <p class="outcome ${outcome ?? 'none'}"><strong>${name}</strong> ${sentence}</p>
    ${stopped !== null && html`<p class="why"><strong>Why</strong> ${stopped.why}${stopped.by !== null && html`, by ${stopped.by}`}, at ${moment(stopped.at)}</p>`}
    <dl class="facts">
      ${factsOf(account, plan).map(
        ([term, value]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

function factsOf(account: Account, plan: Plan): readonly (readonly [string, Content])[] {
  const { beganAt, endedAt, golive, trust, refusals, gates, steps } = account;
  const approvals = gates.flatMap(({ words }) => words).filter(({ decides }) => decides === 'approve').length;
  const passed = steps.filter(({ status }) => status === 'passed').length;
  return [
    ['Release', plan.release],
    ['Tenant', `${plan.tenant}, ${plan.environment}`],
    ['Requested by', plan.requestedBy],
    ['Began', moment(beganAt)],
    ['Ended', html`${moment(endedAt)}, after ${lasting(endedAt - beganAt)}`],
    ['Steps passed', `${passed} of ${steps.filter(({ id }) => id !== 'archive-evidence').length} begun`],
    [
      'Approvals',
      `${approvals}, ${trust === 'signed' ? 'each signed by the person who gave it' : 'believed as the namespace told them'}`,
    ],
    ['Refused messages', refusals.length],
    ['Workflow', golive],
  ];
}
