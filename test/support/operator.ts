import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { operatorConfigSchema, type OperatorConfig } from '../../src/domain/profile-schema.ts';

/** The operator's example configuration in namespace mode; its profiles may rehearse and every secret is one word. */
export function exampleOperator(): OperatorConfig {
  const text = readFileSync(new URL('../../contract/golive.example.yaml', import.meta.url), 'utf8');
  const operator = operatorConfigSchema(() => 'a-secret-of-the-test').parse(parse(text));
  const profiles = Object.entries(operator.profiles).map(([name, profile]) => [name, { ...profile, rehearsal: true }]);
  return { ...operator, approvals: { mode: 'namespace' }, profiles: Object.fromEntries(profiles) };
}
