import { randomUUID } from 'node:crypto';
import { goliveCommand, signalCommand } from '../../domain/commands.ts';
import { PLACEHOLDERS } from '../../domain/placeholders.ts';
import { APPROVED_ALREADY } from '../../domain/gates.ts';
import type { MessageName } from '../../domain/messages.ts';
import type { Answer } from '../../domain/receive.ts';
import { askerFor } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import { chooseRun } from '../run/choose.ts';
import { openLine, type RunLine } from '../run/line.ts';
import { connect } from '../run/server.ts';
import { Unreachable } from '../run/trouble.ts';
import { printableText } from '../screen/lines.ts';
import { sheet } from '../screen/sheet.ts';
import { paragraph, type Paragraph } from '../screen/wrapped.ts';
import { CommandFailed, Interrupted, type Surroundings } from '../surroundings.ts';
import { decide, type Setting } from './decide.ts';
import type { Compose, Settled } from './draft.ts';
import type { Message } from './message.ts';
import { nameIn, type SenderWish } from './sender.ts';
import { given } from './told.ts';

/** What every decision can be told. */
export interface DecisionOptions extends SenderWish {
  readonly workflowId?: string | undefined;
  readonly yes?: true | undefined;
  readonly json?: true | undefined;
}

/** Decides something about a go-live: shows it, asks, sends it, and prints what was answered. */
export async function deliver(
  name: MessageName,
  compose: Compose,
  options: DecisionOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { out, err, env } = surroundings;
  const { json } = options;
  const server = await connect(surroundings);
  const line = openLine(server, await chooseRun(server, options.workflowId));
  const paper = sheet(out);
  const show: Setting['show'] = (paragraphs) => (json ? undefined : paper.write(paragraphs));
  const unsigned = (why: string) =>
    void err.write(`golive: ${printableText(why)}\n${name} needs no signature, so it goes without one.\n`);
  const setting = { line, wish: options, env, ask: askerFor(options, surroundings, out), show, unsigned };
  const delivered = await decideAndSend(line, name, compose, setting).catch((error: unknown) => {
    throw error instanceof Unreachable ? withWayOut(error, line, name, { wish: options, env }) : error;
  });
  if ('settled' in delivered) {
    out.write(json ? `${JSON.stringify({ sent: false, text: delivered.settled })}\n` : `${delivered.settled}\n`);
    return EXIT.done;
  }
  const { answers } = delivered;
  if (!json) paper.write(answers.map(answerParagraph));
  else for (const it of answers) out.write(`${JSON.stringify({ sent: true, name, golive: line.workflowId, ...it })}\n`);
  return answers.every(isSo) ? EXIT.done : EXIT.refused;
}

/** Whether what was wanted is so now: whoever approves again after an answer was lost has lost nothing. */
function isSo({ counted, text }: Answer): boolean {
  return counted || text === APPROVED_ALREADY;
}

/** Nothing is sent before it was shown and, where that is needed, confirmed. Answers what was answered. */
export async function decideAndSend(
  line: Pick<RunLine, 'workflowId' | 'send'>,
  name: MessageName,
  compose: Compose,
  setting: Setting,
): Promise<{ readonly answers: readonly Answer[] } | Settled> {
  const decided = await decide(name, compose, setting);
  if ('settled' in decided) return decided;
  const answers: Answer[] = [];
  for (const message of decided.messages) answers.push(await sent(line, message));
  return { answers };
}

/** The id makes the server take a message once, however often the call has to be repeated until it is answered. */
async function sent(line: Pick<RunLine, 'workflowId' | 'send'>, { name, body }: Message): Promise<Answer> {
  try {
    return await line.send(name, body, `golive-${randomUUID()}`);
  } catch (error) {
    if (!(error instanceof Unreachable || error instanceof Interrupted)) throw error;
    const look = goliveCommand(line.workflowId, 'status');
    const unknown = `It was sent, and whether it counted is not known: \`${look}\` tells. Sending it again is harmless.`;
    if (error instanceof Interrupted) throw new CommandFailed(unknown, error.exitCode);
    throw new Unreachable(`${error.message}\n${unknown}`);
  }
}

function answerParagraph(answer: Answer): Paragraph {
  return paragraph([isSo(answer) ? ['green', '✔ '] : ['red', '✖ refused: '], ['bold', answer.text]]);
}

/** What stops a run must not depend on a worker: a signal is kept by the server until one comes. */
export function withWayOut(
  { message }: Unreachable,
  { workflowId }: Pick<RunLine, 'workflowId'>,
  name: MessageName,
  { wish, env }: Pick<Setting, 'env'> & { readonly wish: SenderWish & { readonly reason?: string } },
): Unreachable {
  if (name !== 'abort' && name !== 'hold') return new Unreachable(message);
  const by = nameIn(wish, env) ?? PLACEHOLDERS.by;
  const signal = signalCommand(workflowId, name, { by, reason: given(wish.reason) ?? PLACEHOLDERS.reason });
  return new Unreachable(`${message}\nThe server keeps a signal until a worker comes:\n${signal}`);
}
