import { rowOf, STEPS, type StepId } from '../../domain/plan.ts';
import type { Account, StepAccount, Word } from '../../evidence/contents/account.ts';
import type { Contents } from '../../evidence/contents/contents.ts';
import { approvalPath, factsPath } from '../../evidence/layout.ts';
import type { Digest } from '../../domain/verdict.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';
import { momentOf, NOT_VERIFIED, SEAL, toldAt, writeLines } from './told.ts';

/** What a bundle holds about one item of the runbook: what was found, the facts behind it, and who vouched or approved. */
interface ItemEvidence {
  readonly step: StepAccount;
  readonly facts: readonly { readonly file: string; readonly content: unknown }[];
  readonly words: readonly {
    readonly at: number;
    readonly by: string;
    readonly said: string;
    readonly file: string | null;
  }[];
}

/** Shows what there is about one item of the runbook (`C4`) or one step (`production-keys`): auditors ask by control. */
export async function showControl(
  item: string,
  place: string,
  { json }: { readonly json?: true | undefined },
  surroundings: Pick<Surroundings, 'out' | 'env'>,
): Promise<number> {
  const ids = stepsOf(item);
  if (ids.length === 0)
    throw new CommandFailed(`The runbook has no item ${item}: name one such as C4, or a step.`, EXIT.usage);
  const { account, contents } = await toldAt(place, surroundings);
  if (ids.includes(SEAL)) return showSeal(item, contents, json, surroundings);
  const found = account.steps.filter(({ id }) => ids.includes(id)).map((step) => evidenceOf(step, account, contents));
  const titles = ids.map((id) => `${item}: ${rowOf(id).title} (${id})`);
  const text =
    json === true
      ? [JSON.stringify({ item, steps: ids, found })]
      : [...(found.length === 0 ? titles : []), ...textOf(item, found)];
  writeLines(surroundings.out, text);
  return found.length > 0 && found.every(({ step }) => step.status === 'passed') ? EXIT.done : EXIT.failed;
}

/** How the step ended that made the seal cannot stand in what it sealed. */
function showSeal(
  item: string,
  { closing }: Contents,
  json: true | undefined,
  { out }: Pick<Surroundings, 'out'>,
): number {
  const outcome = closing?.outcome ?? null;
  const said = outcome === null ? 'The run has not ended, so nothing is sealed yet.' : `${SEALED} ${outcome}.`;
  const text = [`${item}: ${rowOf(SEAL).title} (${SEAL})`, said, '', NOT_VERIFIED];
  writeLines(out, json === true ? [JSON.stringify({ item, steps: [SEAL], found: [], outcome })] : text);
  return outcome === null ? EXIT.failed : EXIT.done;
}

const SEALED = 'The seal itself is the proof, and `golive evidence verify` verifies it. It was made for the outcome';

function stepsOf(item: string): readonly StepId[] {
  const wanted = item.toLowerCase();
  const rows = STEPS.filter(
    ({ id, runbook }) => id === wanted || runbook.some((each) => each.toLowerCase() === wanted),
  );
  return [...new Set(rows.map(({ id }) => id))];
}

function evidenceOf(step: StepAccount, { words, gates }: Account, { facts }: Contents): ItemEvidence {
  const digests = [step.evidence, step.subject].filter((digest) => digest !== null);
  const approvals = gates
    .filter(({ gate }) => gate === step.id)
    .flatMap((gate) => gate.words)
    .map(({ at, by, decides, reason, decision }) => ({
      at,
      by,
      said: `${decides}: ${reason}`,
      file: fileOf(decision),
    }));
  const vouched = words.filter(({ about }) => about.includes(step.id)).map(wordOf);
  return {
    step,
    facts: digests.map((digest) => ({ file: factsPath(digest), content: facts.get(digest) ?? null })),
    words: [...vouched, ...approvals],
  };
}

function wordOf({ at, by, statement, link, decision }: Word): ItemEvidence['words'][number] {
  return { at, by, said: link === null ? statement : `${statement} (${link})`, file: fileOf(decision) };
}

function fileOf(decision: Digest | null): string | null {
  return decision === null ? null : approvalPath(decision);
}

function textOf(item: string, found: readonly ItemEvidence[]): string[] {
  if (found.length === 0) return ['The run did not reach this.'];
  const blocks = found.map(({ step, facts, words }) => [
    `${item}: ${step.title} (${step.id})`,
    `${step.status}, verdict ${step.verdict ?? 'none'}: ${step.summary}`,
    `from ${momentOf(step.startedAt)}${step.settledAt === null ? '' : ` to ${momentOf(step.settledAt)}`}`,
    ...step.reasons.map((reason) => `  reason    ${reason}`),
    ...words.map(
      ({ at, by, said, file }) => `  word      ${momentOf(at)}  ${by}: ${said}${file === null ? '' : `  [${file}]`}`,
    ),
    ...facts.flatMap(({ file, content }) => [
      `  facts     ${file}`,
      ...JSON.stringify(content, null, 2)
        .split('\n')
        .map((it) => `    ${it}`),
    ]),
    '',
  ]);
  return [...blocks.flat(), NOT_VERIFIED];
}
