import type { ShownDenial } from '../../domain/desk.ts';
import type { Progress, Waiting } from '../../domain/run.ts';
import type { Asker } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import { field, paragraph, type Paragraph } from '../screen/wrapped.ts';
import { CommandFailed } from '../surroundings.ts';
import type { Compose } from './draft.ts';
import { notNow, untilField } from './waiting-for.ts';

export interface ReviewWish {
  /** Every denial that is left, but for those that are named as incorrect. */
  readonly allCorrect?: true | undefined;
  readonly incorrect: readonly Judgement[];
}

/** What somebody says of a denial. */
export interface Judgement {
  readonly id: string;
  readonly correct: boolean;
  readonly note?: string;
}

/** A signed message must stay below 8 KiB, and what is signed is a third longer as a token. */
const LARGEST_MESSAGE = 4_500;

/** `review`: somebody's judgement of the sampled denials; on a terminal one after another. */
export function reviewing({ allCorrect, incorrect }: ReviewWish): Compose {
  return async ({ progress, ask, now, show }) => {
    const waiting = openReview(progress);
    const { what: sample, items = [] } = waiting;
    const strangers = incorrect.filter(({ id }) => !items.includes(id)).map(({ id }) => id);
    if (strangers.length > 0) {
      throw new CommandFailed(`Not in the sample, or reviewed already: ${strangers.join(', ')}.`, EXIT.refused);
    }
    const isTold = allCorrect === true || incorrect.length > 0;
    if (!isTold && ask === undefined) throw new CommandFailed(UNTOLD, EXIT.usage);
    show([...sampleParagraphs(waiting, now), ...(isTold ? denialParagraphs(waiting) : []), paragraph()]);
    const judged = isTold || ask === undefined ? told(items, { allCorrect, incorrect }) : await walk(waiting, ask);
    if (judged.length === 0) return { settled: 'Nothing was reviewed, so nothing was sent.' };
    const wrong = judged.filter(({ correct }) => !correct);
    const count = `${judged.length - wrong.length} correct, ${wrong.length} incorrect`;
    show([
      field('you say', ['bold', count], `, ${items.length - judged.length} left`),
      ...wrong.map(({ id, note = '' }) => field('wrong', `${id}: ${note}`)),
    ]);
    return {
      name: 'review',
      bodies: batches(judged).map((verdicts) => ({ sample, verdicts })),
      question: wrong.length > 0 ? 'Send it? An incorrect denial blocks the go-live.' : 'Send it?',
      unasked: 'needs --yes',
    };
  };
}

const UNTOLD =
  'Nobody can be asked here: say --all-correct, or --incorrect ID=note for every denial that should have been allowed.';

function openReview(progress: Progress): Waiting {
  const waiting = progress.waitingFor.find(({ kind }) => kind === 'review');
  if (waiting === undefined) throw notNow('No sample waits to be reviewed', progress);
  return waiting;
}

function told(items: readonly string[], { allCorrect, incorrect }: ReviewWish): readonly Judgement[] {
  const rest = items.filter((id) => !incorrect.some((wrong) => wrong.id === id));
  return [...(allCorrect ? rest.map((id) => ({ id, correct: true })) : []), ...incorrect];
}

type Verdict = 'correct' | 'noted' | 'incorrect' | 'skip' | 'stop';

/** One denial after another; whoever stops keeps what was judged so far. */
async function walk({ items = [], denials = [] }: Waiting, ask: Asker): Promise<Judgement[]> {
  const judged: Judgement[] = [];
  for (const [index, id] of items.entries()) {
    const denial = denials.find((shown) => shown.id === id);
    const verdict = await ask.choose<Verdict>(`${index + 1} of ${items.length}  ${id}\n${tell(denial)}`, [
      { value: 'correct', label: 'correct', hint: 'it should have been denied' },
      { value: 'noted', label: 'correct, with a note' },
      { value: 'incorrect', label: 'incorrect', hint: 'it should have been allowed' },
      { value: 'skip', label: 'skip', hint: 'somebody else judges it' },
      { value: 'stop', label: 'stop here', hint: 'go on to sending what was judged' },
    ]);
    if (verdict === 'stop') break;
    if (verdict === 'correct') judged.push({ id, correct: true });
    if (verdict === 'noted') judged.push({ id, correct: true, note: await ask.text('What is there to note?') });
    if (verdict === 'incorrect')
      judged.push({ id, correct: false, note: await ask.text('Why should it have been allowed?') });
  }
  return judged;
}

function tell(denial: ShownDenial | undefined): string {
  if (denial === undefined) return '  not shown here: look it up in the audit log';
  const { at, actor, policy, reason } = denial;
  const lines = [
    `  at      ${at}`,
    `  actor   ${actor}`,
    `  policy  ${policy ?? 'none'}`,
    `  reason  ${reason ?? 'none'}`,
  ];
  return lines.join('\n');
}

function sampleParagraphs(waiting: Waiting, now: number): Paragraph[] {
  const { what: sample, about = [], from } = waiting;
  return [
    paragraph(),
    field('sample', sample),
    ...about.map((line) => field('', line)),
    field('from', from.join(', ')),
    untilField(waiting, now),
  ];
}

function denialParagraphs({ items = [], denials = [] }: Waiting): Paragraph[] {
  return items.map((id) => {
    const denial = denials.find((shown) => shown.id === id);
    const what =
      denial === undefined
        ? 'not shown here'
        : `${denial.actor}, ${denial.policy ?? 'no policy'}: ${denial.reason ?? 'no reason'}`;
    return field('denied', `${id}  `, ['dim', what]);
  });
}

/** As many judgements a message as fit into one. */
function batches(judged: readonly Judgement[]): Judgement[][] {
  const all: Judgement[][] = [];
  let room = 0;
  for (const judgement of judged) {
    const size = Buffer.byteLength(JSON.stringify(judgement));
    if (size > room) {
      all.push([]);
      room = LARGEST_MESSAGE;
    }
    all.at(-1)?.push(judgement);
    room -= size;
  }
  return all;
}
