import { rowOf } from '../../domain/plan.ts';
import type { Entry } from '../contents/entries.ts';
import { html, type Markup } from './markup.ts';
import { lasting, moment } from './times.ts';

interface Event {
  readonly text: Markup;
  readonly look: 'pass' | 'fail' | 'plain';
}

/** The journal in plain words, in its order. Beginnings are left out where the end of the same step says more. */
export function timelineSection(entries: readonly Entry[]): Markup {
  return html`<section aria-labelledby="timeline">
    <h2 id="timeline">Timeline</h2>
    <p class="quiet">The number before each line is its entry in <a href="journal.jsonl">journal.jsonl</a>.</p>
    <ol class="timeline">
      ${entries.map((entry) => {
        const event = eventOf(entry);
        return (
          event !== undefined &&
          html`<li class="${event.look}">
            <span class="number">${entry.sequence}</span> ${moment(entry.at)} <span>${event.text}</span>
          </li>`
        );
      })}
    </ol>
  </section>`;
}

function eventOf(entry: Entry): Event | undefined {
  const { kind, body } = entry;
  switch (kind) {
    case 'admitted':
      return plain(html`The plan of release ${body.release}, requested by ${body.requestedBy}, was admitted.`);
    case 'message':
      return body.counted
        ? plain(html`<strong>${body.by}</strong> sent <code>${body.name}</code>: ${body.text}`)
        : {
            text: html`<strong>${body.by}</strong> sent <code>${body.name}</code>, refused: ${body.text}`,
            look: 'fail',
          };
    case 'gate-opened':
      return plain(html`${rowOf(body.gate).title}: people were asked, ${body.need} of them have to approve.`);
    case 'approval-void':
      return { text: html`${rowOf(body.gate).title}: approvals became void, ${body.why}.`, look: 'fail' };
    case 'step-started':
      return undefined;
    case 'step-settled':
      return settled(entry);
    case 'word-void':
      return {
        text: html`The word of ${body.by} on ${rowOf(body.control).title} became void, ${body.why}.`,
        look: 'fail',
      };
    case 'window-extended':
      return plain(
        html`${rowOf(body.step).title}: extended by ${lasting(body.milliseconds)}, ${body.because.join('; ')}.`,
      );
    case 'held':
      return { text: html`Held: ${body.why}.`, look: 'fail' };
    case 'taken-over':
      return { text: html`<strong>The guardian took over</strong>: ${body.why}.`, look: 'fail' };
    case 'undone':
      return plain(html`${rowOf(body.step).title}: taken back, ${body.summary}.`);
    case 'stopped':
      return { text: html`<strong>Stopped</strong>: ${body.why}.`, look: 'fail' };
    case 'paging-failed':
      return { text: html`Not everybody could be told <q>${body.text}</q>: ${body.why}.`, look: 'fail' };
    case 'ended':
      return plain(html`<strong>Ended</strong>: ${body.outcome}.`);
  }
}

function settled({ body: { step, status, verdict, summary } }: Entry<'step-settled'>): Event {
  const look = verdict === 'pass' ? 'pass' : 'fail';
  return { text: html`<strong>${rowOf(step).title}</strong> ${status}: ${summary}`, look };
}

function plain(text: Markup): Event {
  return { text, look: 'plain' };
}
