import type { Phase } from '../../domain/plan.ts';
import { STEPS } from '../../domain/plan.ts';
import type { Account, StepAccount } from '../contents/account.ts';
import { factsPath } from '../layout.ts';
import { html, type Markup } from './markup.ts';
import { lasting, moment } from './times.ts';

const PHASES: Readonly<Record<Phase, string>> = {
  preflight: 'Before anything',
  controls: 'Required controls',
  'incident-readiness': 'Ready for incidents',
  rollout: 'Traffic',
  'post-launch': 'After launch',
  rollback: 'Rollback',
};

/** Every item of the runbook, with what was found. The rollback is only told where there was one. */
export function runbookSection({ steps }: Account): Markup {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const phases = Object.entries(PHASES).filter(
    ([phase]) => phase !== 'rollback' || steps.some((step) => step.phase === 'rollback'),
  );
  return html`<section aria-labelledby="runbook">
    <h2 id="runbook">The runbook, item by item</h2>
    ${phases.map(([phase, title]) => phaseTable(phase, title, byId))}
  </section>`;
}

function phaseTable(phase: string, title: string, steps: ReadonlyMap<string, StepAccount>): Markup {
  const rows = STEPS.filter((row) => row.phase === phase && row.id !== 'archive-evidence');
  return html`<h3>${title}</h3>
    <div class="wide" tabindex="0" role="region" aria-label="${title}: items of the runbook">
      <table class="runbook">
        <thead>
          <tr>
            <th scope="col">Item</th>
            <th scope="col">Step</th>
            <th scope="col">Verdict</th>
            <th scope="col">What was found</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(({ id, title: name, runbook }) => stepRow({ id, name, items: runbook.join(' ') }, steps.get(id)))}
        </tbody>
      </table>
    </div>`;
}

function stepRow(
  { id, name, items }: { readonly id: string; readonly name: string; readonly items: string },
  step: StepAccount | undefined,
): Markup {
  return html`<tr id="step-${id}">
    <td class="item">${items}</td>
    <th scope="row">${name}</th>
    <td>${verdictOf(step)}</td>
    <td>${step === undefined ? html`<span class="quiet">not reached</span>` : found(step)}</td>
    <td>${step !== undefined && when(step)}</td>
  </tr>`;
}

function verdictOf(step: StepAccount | undefined): Markup {
  if (step === undefined) return html`<span class="verdict none">–</span>`;
  const { verdict, status } = step;
  const word = status === 'passed' || verdict === null ? (status === 'passed' ? 'pass' : status) : verdict;
  return html`<span class="verdict ${verdict ?? 'none'}">${word}</span
    >${status === 'stopped' && verdict !== null && html` <span class="quiet">stopped</span>`}`;
}

function found({ summary, reasons, evidence, subject, attempts }: StepAccount): Markup {
  return html`${summary}${
    reasons.length > 1 &&
    html`<ul>
      ${reasons.map((reason) => html`<li>${reason}</li>`)}
    </ul>`
  }${evidence !== null && html` <a href="${factsPath(evidence)}">facts</a>`}${
    subject !== null && html` <a href="${factsPath(subject)}">vouched for</a>`
  }${attempts > 1 && html` <span class="quiet">measured ${attempts} times</span>`}`;
}

function when({ startedAt, settledAt }: StepAccount): Markup {
  return html`${moment(settledAt ?? startedAt)}${settledAt !== null && settledAt > startedAt && html` <span class="quiet">took ${lasting(settledAt - startedAt)}</span>`}`;
}
