import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { STEPS } from '../../src/domain/plan.ts';

/** The heading under which each phase stands. */
const PHASES = {
  Preflight: 'preflight',
  Controls: 'controls',
  'Incident readiness': 'incident-readiness',
  Rollout: 'rollout',
  'Post-launch': 'post-launch',
  Rollback: 'rollback',
} as const;

const ROW = /^\| `([a-z0-9-]+)` +\| ([A-Z0-9a-z, ]+?) +\| (.+?) +\|$/gm;

/** The rows of the tables of steps, by the heading above them. */
function documented(text: string): Map<string, { id: string; runbook: string[] }[]> {
  const sections = text.split(/^##+ /m).map((section) => {
    const heading = section.slice(0, section.indexOf('\n'));
    const rows = [...section.matchAll(ROW)].map(([, id = '', items = '']) => ({ id, runbook: items.split(', ') }));
    return [heading, rows] as const;
  });
  return new Map(sections.filter(([, rows]) => rows.length > 0));
}

const tables = documented(readFileSync('docs/runbook.md', 'utf8'));

test('the runbook has a table of steps for each phase, in their order, and nowhere else', () => {
  expect([...tables.keys()]).toEqual(Object.keys(PHASES));
});

test.each(Object.entries(PHASES))(
  '%s lists exactly the steps of the plan, with their items, in their order',
  (heading, phase) => {
    const planned = STEPS.filter((row) => row.phase === phase).map(({ id, runbook }) => ({
      id,
      runbook: [...runbook],
    }));
    expect(tables.get(heading)).toEqual(planned);
  },
);

test('a step left out, put elsewhere or answering something else would be noticed', () => {
  const section = '## Preflight\n\n| `policy-set`            | P2a, P2b | what |\n| `audit-pipeline` | P5 | what |\n';
  expect(documented(section).get('Preflight')).toEqual([
    { id: 'policy-set', runbook: ['P2a', 'P2b'] },
    { id: 'audit-pipeline', runbook: ['P5'] },
  ]);
});
