import { ConfigError, readProfileRules } from '../../config.ts';
import { planSchema, type Plan } from '../../domain/plan-schema.ts';
import { findProblems } from '../../domain/problems.ts';
import { profileProblems } from '../../domain/profile-rules.ts';
import type { Digest } from '../../domain/verdict.ts';
import { digestOf } from '../../evidence/digest.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';
import { readPlanDocument, type Misplaced } from './document.ts';

/** A plan that can be handed in. */
export interface CheckedPlan {
  readonly ok: true;
  /** The one JSON object that a go-live is started with. */
  readonly document: object;
  readonly plan: Plan;
  /** The digest that the workflow computes of it too. */
  readonly digest: Digest;
}

export type PlanCheck = CheckedPlan | { readonly ok: false; readonly problems: readonly Misplaced[] };

/**
 * Finds everything that is wrong with the plan in a file, with `config` also what the operator's configuration there does
 * not allow. Touches no server and reads no secret.
 * @throws {CommandFailed} when one of the files cannot be read
 */
export async function inspectPlan(file: string, config: string | undefined): Promise<PlanCheck> {
  const { value, problems, locate } = await readPlanDocument(file);
  if (problems.length > 0) return { ok: false, problems };
  const parsed = planSchema.safeParse(value);
  if (!parsed.success) return { ok: false, problems: inOrder(findProblems(parsed.error).map(locate)) };
  const refused = config === undefined ? [] : refusedBy(config, parsed.data);
  if (refused.length > 0) return { ok: false, problems: inOrder(refused.map(locate)) };
  return { ok: true, document: value as object, plan: parsed.data, digest: digestOf(value) };
}

/** @throws {CommandFailed} with every problem and where it stands */
export async function readPlan(file: string, config?: string): Promise<CheckedPlan> {
  const check = await inspectPlan(file, config);
  if (check.ok) return check;
  throw new CommandFailed(['the plan cannot be used:', ...problemLines(file, check.problems)].join('\n'), EXIT.refused);
}

/** Problems in the form that editors and people can follow to their place: `file:line:column: what is wrong`. */
export function problemLines(file: string, problems: readonly Misplaced[]): string[] {
  return problems.map(({ line, column, text }) => `${file}:${line}:${column}: ${text}`);
}

function refusedBy(config: string, plan: Plan): ReturnType<typeof profileProblems> {
  try {
    return profileProblems(plan, readProfileRules(config), { owner: config });
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandFailed(error.message, EXIT.usage);
    throw error;
  }
}

function inOrder(problems: readonly Misplaced[]): Misplaced[] {
  return problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
}
