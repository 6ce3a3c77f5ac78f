import type { Account, GateAccount, StepAccount } from '../../evidence/contents/account.ts';
import { EXIT } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import { momentOf, NOT_VERIFIED, toldAt, writeLines } from './told.ts';

const SIGNS: Readonly<Record<StepAccount['status'], string>> = {
  passed: '✔',
  failed: '✘',
  blocked: '✘',
  stopped: '■',
  running: '▶',
};

/** Tells a bundle in short: how it ended, who decided, and every step with its verdict. */
export async function showEvidence(
  place: string,
  { json }: { readonly json?: true | undefined },
  surroundings: Pick<Surroundings, 'out' | 'env'>,
): Promise<number> {
  const { account, contents } = await toldAt(place, surroundings);
  const text = json === true ? [JSON.stringify(account)] : linesOf(account, contents.plan.summary);
  writeLines(surroundings.out, text);
  return EXIT.done;
}

function linesOf(account: Account, summary: string): string[] {
  const { golive, outcome, rehearsal, stopped, beganAt, endedAt, steps, gates, refusals } = account;
  return [
    `${summary}${rehearsal ? ', a REHEARSAL' : ''}`,
    `${golive}: ${outcome ?? 'not ended'}, from ${momentOf(beganAt)} to ${momentOf(endedAt)}`,
    ...(stopped === null ? [] : [`because ${stopped.why}`]),
    '',
    ...gates.flatMap(gateLines),
    ...(gates.length > 0 ? [''] : []),
    ...steps.map(stepLine),
    '',
    `${refusals.length} messages were refused.`,
    NOT_VERIFIED,
  ];
}

function gateLines({ gate, words, voided }: GateAccount): string[] {
  const told = words.map(
    ({ at, by, decides }) => `${momentOf(at)}  ${by} ${decides === 'approve' ? 'approved' : 'rejected'} ${gate}`,
  );
  return voided === null ? told : [...told, `  and it did not count any more: ${voided}`];
}

function stepLine({ items, id, status, summary }: StepAccount): string {
  return `${SIGNS[status]} ${items.join(' ').padEnd(20)} ${id.padEnd(24)} ${summary}`.trimEnd();
}
