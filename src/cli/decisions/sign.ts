import { signalCommand } from '../../domain/commands.ts';
import type { MessageName } from '../../domain/messages.ts';
import { tokenIn } from '../../domain/receive.ts';
import type { Progress } from '../../domain/run.ts';
import { askerFor } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import { chooseRun } from '../run/choose.ts';
import { openLine, type RunLine } from '../run/line.ts';
import { readProgressFile } from '../run/progress-file.ts';
import { connect } from '../run/server.ts';
import { sheet } from '../screen/sheet.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';
import { decide, type Setting } from './decide.ts';
import type { DecisionOptions } from './deliver.ts';
import type { Compose } from './draft.ts';

export interface SignOptions extends DecisionOptions {
  /** File with the answer of the `progress` query, where no server can be reached. */
  readonly progress?: string | undefined;
}

/** Signs a decision and prints the token, for whoever sends it by the Temporal UI or the `temporal` command. */
export async function sign(
  name: MessageName,
  compose: Compose,
  options: SignOptions,
  surroundings: Surroundings,
): Promise<number> {
  const { out, err, env } = surroundings;
  const { json } = options;
  const line = await lineFor(options, surroundings);
  refuseUnsigned(await line.progress(), options.key ?? env['GOLIVE_KEY']);
  const paper = sheet(err);
  const show: Setting['show'] = (paragraphs) => (json ? undefined : paper.write(paragraphs));
  const setting = { line, wish: options, env, ask: askerFor(options, surroundings, err), show };
  const decided = await decide(name, compose, setting);
  if ('settled' in decided) throw new CommandFailed(decided.settled, EXIT.refused);
  for (const { body } of decided.messages) {
    const token = tokenIn([body]) ?? '';
    const signal = signalCommand(line.workflowId, name, body);
    out.write(json ? `${JSON.stringify({ name, golive: line.workflowId, token, signal })}\n` : `${token}\n`);
  }
  if (!json) err.write(`Good for ten minutes and for one use. Send {"token":"…"} as the signal or update ${name}.\n`);
  return EXIT.done;
}

function refuseUnsigned({ trust }: Progress, key: string | undefined): void {
  if (trust !== 'signed') throw new CommandFailed('Decisions are not signed there: names are believed.', EXIT.refused);
  if (key !== undefined && key !== '') return;
  throw new CommandFailed('There is no key to sign with: name yours with --key, or set GOLIVE_KEY.', EXIT.usage);
}

async function lineFor(
  { progress: file, workflowId }: SignOptions,
  surroundings: Surroundings,
): Promise<Pick<RunLine, 'workflowId' | 'progress' | 'startedPlan'>> {
  if (file === undefined) {
    const server = await connect(surroundings);
    return openLine(server, await chooseRun(server, workflowId));
  }
  const progress = await readProgressFile(file, surroundings.in);
  if (workflowId !== undefined && workflowId !== progress.golive)
    throw new CommandFailed(`${file} tells of ${progress.golive}, not of ${workflowId}.`, EXIT.usage);
  return {
    workflowId: progress.golive,
    progress: () => Promise.resolve(progress),
    startedPlan: () => Promise.resolve(null),
  };
}
