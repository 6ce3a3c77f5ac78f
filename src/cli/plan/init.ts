import { writeFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { askerFor, type Asker } from '../ask.ts';
import { EXIT } from '../exit-codes.ts';
import type { Surroundings } from '../surroundings.ts';
import { notWritten, writeNew } from '../write-new.ts';
import { shellWord } from '../../domain/commands.ts';
import { planTemplate, type PlanBasics } from './template.ts';

export interface InitOptions {
  readonly profile?: string | undefined;
  readonly tenant?: string | undefined;
  readonly environment?: string | undefined;
  readonly requestedBy?: string | undefined;
  /** Writes over a file that is there. */
  readonly force?: true | undefined;
  readonly json?: true | undefined;
}

const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** `golive plan init`: writes a plan to fill in; asks for what it is not told where somebody can be asked. */
export async function initPlan(
  file: string,
  options: InitOptions,
  surroundings: Pick<Surroundings, 'in' | 'out' | 'env' | 'interrupted'>,
): Promise<number> {
  const { out, env } = surroundings;
  const { force, json } = options;
  const basics = await basicsOf(options, env, askerFor({ json }, surroundings, out));
  const text = planTemplate(basics);
  const content = file.endsWith('.json') ? `${JSON.stringify(parse(text), null, 2)}\n` : text;
  await write(file, content, force === true);
  const next = `golive plan check ${shellWord(file)}`;
  out.write(
    json
      ? `${JSON.stringify({ file, next })}\n`
      : `${file} is written. Fill in what ${file.endsWith('.json') ? 'is empty' : 'says FILL IN'}, then: ${next}\n`,
  );
  return EXIT.done;
}

async function basicsOf(options: InitOptions, env: NodeJS.ProcessEnv, ask: Asker | undefined): Promise<PlanBasics> {
  const word = async (given: string | undefined, question: string, placeholder: string) => {
    const problem = (answer: string) => (WORD.test(answer) ? undefined : 'Letters, digits, dots and dashes, please.');
    return given ?? (await ask?.text(question, { placeholder, problem })) ?? '';
  };
  const profile = await word(options.profile, 'Which profile of the golive.yaml?', 'acme-production');
  const tenant = await word(options.tenant, 'Which tenant goes live?', 'tenant_acme_prod');
  const environment = await word(options.environment, 'In which environment?', 'production');
  const requestedBy =
    options.requestedBy ??
    (await ask?.text('Who asks for it? (Never counts as an approver.)', { initial: env['GOLIVE_BY'] ?? '' })) ??
    env['GOLIVE_BY'] ??
    '';
  return { release: `${new Date().toISOString().slice(0, 10)}.1`, profile, tenant, environment, requestedBy };
}

async function write(file: string, content: string, over: boolean): Promise<void> {
  if (!over) return writeNew(file, content, { instead: 'name another file, or write over it with --force' });
  try {
    await writeFile(file, content);
  } catch (error) {
    throw notWritten(file, error);
  }
}
