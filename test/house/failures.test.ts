import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAILURES } from '../../src/domain/failure-codes.ts';

const text = readFileSync('docs/failures.md', 'utf8');
const conduct = readFileSync('src/workflows/conduct.ts', 'utf8');

/** The codes with a section of their own, in order. */
const sections = text.split(/^### /m).slice(1);
const headings = sections.map((section) => section.slice(0, section.indexOf('\n')));

/** How a run can end; `InvalidPlan` is also the code of an activity. */
const ENDINGS = ['InvalidPlan', 'Rejected', 'RolledBack', 'Destroyed'];

describe('docs/failures.md', () => {
  it('has a section for each ending and each code, once, in the order of the table', () => {
    const codes = Object.keys(FAILURES).filter((code) => !ENDINGS.includes(code));
    expect(headings).toEqual([...ENDINGS, ...codes]);
  });

  it.each(sections.map((section, index) => [headings[index], section]))(
    'says of %s what it means, what golive does and who acts',
    (_code, section) => {
      const parts = [...section.matchAll(/^\*\*(.+?)\.\*\* \S/gm)].map(([, part]) => part);
      expect(parts).toEqual(['Meaning', 'golive by itself', 'You']);
    },
  );

  it('lists the endings that a workflow has, and no other', () => {
    const thrown = [...conduct.matchAll(/type: '(\w+)'/g)].map(([, type]) => type);
    expect(['InvalidPlan', ...thrown]).toEqual(ENDINGS);
    expect(Object.keys(FAILURES)).toContain('InvalidPlan');
  });
});
