import { planSchema, type Plan } from '../domain/plan-schema.ts';
import { problemsOf, sentenceOf } from '../domain/problems.ts';
import { profileProblems } from '../domain/profile-rules.ts';
import type { OperatorConfig } from '../domain/profile-schema.ts';
import type { Digest } from '../domain/verdict.ts';
import { digestOf } from '../evidence/digest.ts';
import { Failure } from './failures.ts';

/** A plan that may run here, and what the operator adds to it. */
export interface Admission {
  readonly plan: Plan;
  /** Of the plan exactly as it was handed in. */
  readonly digest: Digest;
  readonly trust: OperatorConfig['approvals']['mode'];
  readonly rehearsal: boolean;
  /** Milliseconds; how long a token issued before a halt may still be good. */
  readonly longestTokenLife: number;
}

export function planActivities(operator: OperatorConfig) {
  return {
    /**
     * Validates a plan against its schema and against the profile it names.
     * @throws `InvalidPlan` with every problem, one a line
     */
    async admitPlan(request: readonly unknown[]): Promise<Admission> {
      if (request.length !== 1) throw invalid([`needs exactly one plan as its argument, got ${request.length}`]);
      const parsed = planSchema.safeParse(request[0]);
      const problems = parsed.success ? admissionProblems(parsed.data, operator) : problemsOf(parsed.error);
      if (!parsed.success || problems.length > 0) throw invalid(problems);
      const plan = parsed.data;
      const profile = operator.profiles[plan.profile];
      return {
        plan,
        digest: digestOf(request[0]),
        trust: operator.approvals.mode,
        rehearsal: plan.clock.speed > 1,
        longestTokenLife: profile?.intended.authorityToken.longestLife ?? 0,
      };
    },
  };
}

function invalid(problems: readonly string[]): Failure {
  return new Failure('InvalidPlan', ['the plan cannot be used:', ...problems].join('\n'), [problems]);
}

function admissionProblems(plan: Plan, { profiles }: OperatorConfig): string[] {
  return profileProblems(plan, profiles, { owner: 'this worker' }).map(sentenceOf);
}
