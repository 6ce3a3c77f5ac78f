import { printable, printableText } from './screen/lines.ts';
import { CommandFailed, type Surroundings } from './surroundings.ts';

/** One of several answers. */
export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly hint?: string;
}

export interface TextWish {
  readonly placeholder?: string;
  readonly initial?: string;
  /** Why an answer cannot be used; undefined when it can. */
  readonly problem?: (answer: string) => string | undefined;
}

/** Questions to a person at a terminal. Whoever presses Ctrl-C instead of answering ends the command; nothing is sent. */
export interface Asker {
  confirm(question: string): Promise<boolean>;
  text(question: string, wish?: TextWish): Promise<string>;
  choose<Value extends string>(question: string, choices: readonly Choice<Value>[]): Promise<Value>;
  /** Any number of the choices but none; `chosen` are those that are chosen at first. */
  chooseSome<Value extends string>(
    question: string,
    choices: readonly Choice<Value>[],
    chosen: readonly Value[],
  ): Promise<Value[]>;
}

/** What forbids questions. */
export interface AskWish {
  readonly json?: true | undefined;
  readonly yes?: true | undefined;
}

const INTERRUPTED = 130;

/**
 * Somebody who can be asked; undefined where nobody can or wants to be. `screen`: where the questions are shown, when the
 * answer of the command goes elsewhere.
 */
export function askerFor(
  { json, yes }: AskWish,
  { in: input, interrupted }: Pick<Surroundings, 'in' | 'interrupted'>,
  screen: NodeJS.WriteStream,
): Asker | undefined {
  if (json || yes || !input.isTTY || !screen.isTTY) return undefined;
  const common = { input, output: screen, signal: interrupted, withGuide: false };
  return {
    async confirm(question) {
      const { confirm } = await import('@clack/prompts');
      return answered(await confirm({ ...common, message: printableText(question), initialValue: false }));
    },
    async text(question, { placeholder, initial, problem } = {}) {
      const { text } = await import('@clack/prompts');
      const validate = (answer: string | undefined) => problemOf((answer ?? '').trim(), problem);
      const answer = await text({
        ...common,
        message: printableText(question),
        validate,
        ...(placeholder === undefined ? {} : { placeholder }),
        ...(initial === undefined ? {} : { initialValue: initial }),
      });
      return answered(answer).trim();
    },
    async choose(question, choices) {
      const { select } = await import('@clack/prompts');
      const answer = answered(
        await select<string>({ ...common, message: printableText(question), options: choices.map(printed) }),
      );
      const [choice] = valuesAmong(choices, [answer]);
      if (choice === undefined) throw new Error('an answer that was not offered');
      return choice;
    },
    async chooseSome(question, choices, chosen) {
      const { multiselect } = await import('@clack/prompts');
      const wish = {
        ...common,
        message: printableText(question),
        options: choices.map(printed),
        initialValues: [...chosen],
        required: true,
      };
      return valuesAmong(choices, answered(await multiselect<string>(wish)));
    },
  };
}

/** What is chosen from may have been written by anybody. */
function printed({ value, label, hint }: Choice<string>): Choice<string> {
  return { value, label: printable(label), ...(hint === undefined ? {} : { hint: printable(hint) }) };
}

function valuesAmong<Value extends string>(choices: readonly Choice<Value>[], answers: readonly string[]): Value[] {
  return choices.map(({ value }) => value).filter((value) => answers.includes(value));
}

function problemOf(answer: string, problem: TextWish['problem']): string | undefined {
  return answer === '' ? 'An answer is needed; Ctrl-C ends this.' : problem?.(answer);
}

/** A symbol stands for Ctrl-C. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (typeof answer === 'symbol') throw new CommandFailed('Nothing was sent.', INTERRUPTED);
  return answer as Exclude<T, symbol>;
}
