import { rowOf, STEP_IDS, type StepId } from '../../domain/plan.ts';
import type { Digest } from '../../domain/verdict.ts';
import type { Account, GateAccount, GateWord, Refusal, Word } from '../contents/account.ts';
import { approvalPath, factsPath } from '../layout.ts';
import { html, NONE, type Markup } from './markup.ts';
import { moment } from './times.ts';

/** Who decided what and when, and on the strength of what. */
export function peopleSection({ gates, words }: Account): Markup {
  if (gates.length === 0 && words.length === 0) return NONE;
  return html`<section aria-labelledby="people">
    <h2 id="people">Who decided</h2>
    ${
      gates.length > 0 &&
      html`<ol class="gates">
        ${gates.map(gateItem)}
      </ol>`
    }
    ${words.length > 0 && wordsTable(words)}
  </section>`;
}

/** What was said and did not count. */
export function refusedSection({ refusals }: Account): Markup {
  if (refusals.length === 0) return NONE;
  return html`<section aria-labelledby="refused">
    <h2 id="refused">What was refused</h2>
    <div class="wide" tabindex="0" role="region" aria-label="Refused messages">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Message</th>
            <th scope="col">Why it did not count</th>
          </tr>
        </thead>
        <tbody>
          ${refusals.map(refusalRow)}
        </tbody>
      </table>
    </div>
  </section>`;
}

function gateItem({ gate, title, openedAt, need, from, shown, words, settled, voided }: GateAccount): Markup {
  const standing = settled === null ? 'open' : settled.passed ? 'passed' : 'failed';
  return html`<li class="gate ${standing}">
    <h3>${title} <code>${gate}</code></h3>
    <p class="quiet">
      Opened ${moment(openedAt)}, asked for ${need} of ${from.join(', ')}, who were shown
      <a href="${factsPath(shown)}">what had been found</a>.
    </p>
    <ul>
      ${words.map(wordItem)}
    </ul>
    <p>
      ${settled === null ? 'It was never decided.' : html`<span class="verdict ${settled.passed ? 'pass' : 'fail'}">${settled.passed ? 'passed' : 'not passed'}</span> ${moment(settled.at)}, ${settled.summary}`}
    </p>
    ${voided !== null && html`<p class="why"><strong>Void</strong> These approvals did not count any more: ${voided}.</p>`}
  </li>`;
}

function wordItem({ at, by, decides, reason, decision }: GateWord): Markup {
  const verb = decides === 'approve' ? 'approved' : 'rejected';
  return html`<li>
    <strong>${by}</strong> ${verb}
    ${moment(at)}${reason !== '' && html`, saying <q>${reason}</q>`}${signatureLink(decision)}
  </li>`;
}

function wordsTable(words: readonly Word[]): Markup {
  return html`<h3>Vouched for</h3>
    <div class="wide" tabindex="0" role="region" aria-label="What people vouched for">
      <table>
        <thead>
          <tr>
            <th scope="col">Who</th>
            <th scope="col">For what</th>
            <th scope="col">In their words</th>
            <th scope="col">When</th>
          </tr>
        </thead>
        <tbody>
          ${words.map(
            ({ at, by, about, statement, link, decision }) =>
              html`<tr>
                <th scope="row">${by}</th>
                <td>${about.map((id) => html`<span class="about">${titleOf(id)}</span>`)}</td>
                <td>
                  <q>${statement}</q
                  >${link !== null && html` <span class="link">${link}</span>`}${signatureLink(decision)}
                </td>
                <td>${moment(at)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
}

function refusalRow({ at, by, name, why }: Refusal): Markup {
  return html`<tr>
    <td>${moment(at)}</td>
    <th scope="row">${by}</th>
    <td>${name}</td>
    <td>${why}</td>
  </tr>`;
}

function signatureLink(decision: Digest | null): Markup {
  return html`${decision !== null && html` <a class="signed" href="${approvalPath(decision)}">signed</a>`}`;
}

function titleOf(id: string): string {
  const isStep = (value: string): value is StepId => STEP_IDS.some((step) => step === value);
  return isStep(id) ? rowOf(id).title : id;
}
