import { describe, expect, it } from 'vitest';
import type { Paint } from '../../src/cli/screen/lines.ts';
import { unpainted } from '../../src/cli/screen/lines.ts';
import { field, paragraph, wrapped } from '../../src/cli/screen/wrapped.ts';

const DIGEST = `sha256:${'5'.repeat(64)}`;

describe('A paragraph', () => {
  it('goes on below its second column, between words, and is never cut', () => {
    expect(wrapped(field('from', 'ben@acme.example, chi@acme.example, dee@acme.example'), 40, unpainted)).toEqual([
      'from     ben@acme.example,',
      '         chi@acme.example,',
      '         dee@acme.example',
    ]);
  });

  it('has room for a digest beside its label on a line of 80', () => {
    expect(wrapped(field('plan', DIGEST), 80, unpainted)).toEqual([`plan     ${DIGEST}`]);
  });

  it('keeps a word whole that is longer than the line', () => {
    expect(wrapped(field('plan', 'see ', DIGEST), 40, unpainted)).toEqual(['plan     see', `         ${DIGEST}`]);
  });

  it('is one line where there is no width', () => {
    expect(wrapped(paragraph(['word '.repeat(100)]), Infinity, unpainted)).toHaveLength(1);
  });

  it('paints words of one style together, and no space at the end of a line', () => {
    const marked: Paint = (style, text) => `<${style}>${text}</>`;
    expect(wrapped(paragraph(['a ', ['bold', 'two words here']], 2), 12, marked)).toEqual([
      'a <bold>two words</>',
      '  <bold>here</>',
    ]);
  });

  it('lets nobody move the cursor', () => {
    expect(wrapped(paragraph(['a\u001b[2Jb\r\nc']), 80, unpainted)).toEqual(['ab  c']);
  });
});
