import { describe, expect, it } from 'vitest';
import { parsePlanDocument } from '../../src/cli/plan/document.ts';

const at = (text: string, ...path: PropertyKey[]) => {
  const { line, column } = parsePlanDocument(text).locate({ path, text: 'is wrong' });
  return `${line}:${column}`;
};

const YAML = `apiVersion: golive/v1
gates:
  begin-traffic:
    from:
      people:
        - ben@acme.example
        - chi@acme.example
    within: 72h
limits: { errorShare: 0.5 }
`;

const JSON_TEXT = `{
\t"apiVersion": "golive/v1",
\t"gates": { "begin-traffic": { "within": "72h" } }
}`;

describe('A problem stands', () => {
  it.each([
    ['at the value, when that is a single one', '8:13', ['gates', 'begin-traffic', 'within']],
    ['at the entry of a list', '7:11', ['gates', 'begin-traffic', 'from', 'people', 1]],
    ['at the name of what has parts', '4:5', ['gates', 'begin-traffic', 'from']],
    ['inside a line', '9:23', ['limits', 'errorShare']],
    ['where the thing stands that lacks something', '3:3', ['gates', 'begin-traffic', 'approvals']],
    ['at the beginning, when there is nothing nearer', '1:1', ['rollout', 'ramp', 0]],
  ])('%s', (_where, expected, path) => {
    expect(at(YAML, ...path)).toBe(expected);
  });

  it('at the name of a field that should not be there', () => {
    const { locate } = parsePlanDocument(YAML);
    const problem = { path: ['limits'], field: 'errorShare', text: 'unknown field "errorShare"' };
    expect(locate(problem)).toEqual({ line: 9, column: 11, text: 'limits: unknown field "errorShare"' });
  });

  it('in JSON as well, indented with tabs or not', () => {
    expect(at(JSON_TEXT, 'gates', 'begin-traffic', 'within')).toBe('3:42');
  });
});

describe('What has no one meaning as JSON is refused where it stands', () => {
  it.each([
    ['a name that occurs twice', 'release: a\nrelease: b\n', 2],
    ['two documents', 'release: a\n---\nrelease: b\n', 2],
    ['a list that is never closed', 'gates: [\n', 2],
    ['a name that is no text', '[a]: 1\n', 1],
    ['a tag', 'release: !!js/function x\n', 1],
    ['an alias of nothing', 'release: *nowhere\n', 1],
    ['an alias that contains itself', 'gates: &all [*all]\n', 1],
  ])('%s', (_what, text, line) => {
    const { value, problems } = parsePlanDocument(text);
    expect(problems.map((problem) => problem.line)).toContain(line);
    expect(value).toBeUndefined();
  });

  it('words that other versions of YAML read as something else stay words', () => {
    expect(parsePlanDocument('a: yes\nb: 2026-11-22\nc: 1:30\n').value).toEqual({
      a: 'yes',
      b: '2026-11-22',
      c: '1:30',
    });
  });
});
