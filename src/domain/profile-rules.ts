import type { Plan } from './plan-schema.ts';
import type { Problem } from './problems.ts';

/** What the operator says a profile may be used for; nothing of this is secret. */
export interface ProfileRules {
  readonly rehearsal: boolean;
  readonly tenants: readonly string[];
  /** The plan's word for an environment, and the platform's. */
  readonly environments: Readonly<Record<string, string>>;
}

/** What the schema of a plan cannot know: a plan names a profile, and the profile says what it may be used for. */
export function profileProblems(
  { profile: name, tenant, environment, clock }: Pick<Plan, 'profile' | 'tenant' | 'environment' | 'clock'>,
  profiles: Readonly<Record<string, ProfileRules>>,
  { owner }: { readonly owner: string },
): Problem[] {
  const profile = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (profile === undefined) return [{ path: ['profile'], text: `${owner} has no profile "${name}"` }];
  const problems: Problem[] = [];
  const problem = (path: readonly string[], text: string) => problems.push({ path, text });
  if (!profile.tenants.includes(tenant)) problem(['tenant'], `the profile ${name} does not serve ${tenant}`);
  if (!Object.hasOwn(profile.environments, environment)) {
    problem(['environment'], `the profile ${name} does not know ${environment}`);
  }
  if (clock.speed !== 1 && !profile.rehearsal) {
    problem(['clock', 'speed'], `the profile ${name} is not for rehearsals, so the clock runs at 1`);
  }
  return problems;
}
