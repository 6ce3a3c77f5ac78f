import { parseDuration } from '../../domain/duration.ts';
import { MESSAGES } from '../../domain/messages.ts';
import { personKey } from '../../domain/person.ts';
import { rowOf, type ControlId } from '../../domain/plan.ts';
import { ANYBODY, type Waiting } from '../../domain/run.ts';
import { misfits } from '../../domain/shape.ts';
import { vouchingFor } from '../../domain/vouching.ts';
import { EXIT } from '../exit-codes.ts';
import { field, paragraph, type Paragraph } from '../screen/wrapped.ts';
import { CommandFailed } from '../surroundings.ts';
import type { Compose, Standing } from './draft.ts';
import { told } from './told.ts';
import { notNow, untilField } from './waiting-for.ts';

export interface AttestWish {
  /** Default: those that wait for the sender by name; on a terminal they can be chosen. */
  readonly controls: readonly ControlId[];
  readonly statement?: string | undefined;
  /** Link to what proves it. */
  readonly evidence?: string | undefined;
  /** A moment such as `2026-12-22T00:00:00Z`, or a duration from now such as `30d`. */
  readonly expires?: string | undefined;
}

/** `attest`: somebody's word on one control or several, bound to the facts that were found. */
export function attesting({ controls, statement, evidence, expires }: AttestWish): Compose {
  return async (standing) => {
    const { ask, now, show } = standing;
    const chosen = await chosenFrom(standing, controls);
    show(chosen.flatMap((waiting) => controlParagraphs(waiting, standing)));
    const question = `What do you vouch for in ${chosen.map(({ what }) => what).join(', ')}?`;
    const said = statement ?? (await told(ask, question, '--statement'));
    const end = expires === undefined ? undefined : endOf(expires, now);
    const body = {
      ...vouchingFor(chosen),
      statement: said,
      ...(evidence === undefined ? {} : { evidence }),
      ...(end === undefined ? {} : { expires: end }),
    };
    show([
      paragraph(),
      field('you say', ['bold', said]),
      ...(evidence === undefined ? [] : [field('proof', evidence)]),
      ...(end === undefined ? [] : [field('holds', `until ${end}`)]),
    ]);
    return {
      name: 'attest',
      bodies: [body],
      question: `Vouch for ${chosen.length === 1 ? 'it' : `all ${chosen.length}`}?`,
      unasked: 'needs --yes',
    };
  };
}

async function chosenFrom({ progress, by, ask }: Standing, named: readonly ControlId[]): Promise<readonly Waiting[]> {
  const open = progress.waitingFor.filter(({ kind }) => kind === 'attestation');
  const absent = named.filter((control) => !open.some(({ what }) => what === control));
  if (absent.length > 0) throw notNow(`Nobody is asked to vouch for ${absent.join(', ')}`, progress);
  if (named.length > 0) return open.filter(({ what }) => named.some((control) => control === what));
  if (open.length === 0) throw notNow('Nobody is asked to vouch for anything', progress);
  const mine = open.filter(({ from }) => from.some((person) => personKey(person) === personKey(by)));
  const others = open.filter(({ from }) => from.includes(ANYBODY));
  const choices = [...mine, ...others];
  if (choices.length === 0 || (mine.length === 0 && ask === undefined)) {
    throw notNow(`No control is assigned to ${by}: name those you vouch for`, progress);
  }
  if (ask === undefined || choices.length === 1) return mine.length > 0 ? mine : choices;
  const picked = await ask.chooseSome(
    'Which controls do you vouch for?',
    choices.map(({ what, about = [] }) => ({ value: what, label: what, hint: about.join('; ') })),
    mine.map(({ what }) => what),
  );
  return choices.filter(({ what }) => picked.includes(what));
}

function controlParagraphs(waiting: Waiting, { plan, now }: Standing): Paragraph[] {
  const { what, about = [], facts, from } = waiting;
  const proof = plan?.plan.controls[what as ControlId]?.evidence;
  return [
    paragraph(),
    field('control', ['bold', what], `: ${rowOf(what as ControlId).title}`),
    ...about.map((line, index) => field(index === 0 ? 'found' : '', line)),
    ...(facts === undefined ? [] : [field('facts', facts)]),
    ...(proof === undefined ? [] : [field('link', `${proof} (from the plan)`)]),
    field('from', from.join(', ')),
    untilField(waiting, now),
  ];
}

function endOf(text: string, now: number): string {
  const duration = parseDuration(text);
  const end = duration === undefined ? instantIn(text) : now + duration;
  if (end === undefined || end > LATEST) throw new CommandFailed(NO_END, EXIT.usage);
  if (end <= now) throw new CommandFailed(`--expires lies in the past: ${text}. Say until when it holds.`, EXIT.usage);
  return new Date(end).toISOString();
}

const NO_END = '--expires is a moment such as 2026-12-22T00:00:00Z or a duration such as 30d.';
/** Years of more digits are no moment for a message. */
const LATEST = Date.parse('9999-12-31T23:59:59Z');

/** `Date` alone would take much for a moment that nobody means as one: 12 is in the year 2001 for it. */
function instantIn(text: string): number | undefined {
  const at = misfits(MESSAGES.attest.shape.properties.expires, text).length > 0 ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}
