import { expect, test } from 'vitest';
import { code, fenced, inline } from '../../src/domain/markdown.ts';

test('what others wrote stays text on one line', () => {
  expect(inline('**x**\n# y $z$ ~~a~~ [b](http://c) <i>')).toBe(
    String.raw`\*\*x\*\* \# y \$z\$ \~\~a\~\~ \[b\](http://c) \<i\>`,
  );
});

test('no name can end the code that it is shown as', () => {
  expect(code('evt` **bold**\n`')).toBe("`evt' **bold** '`");
});

test('no text can end the block that it stands in', () => {
  expect(fenced('plain')).toBe('```\nplain\n```');
  expect(fenced("golive/'\n````\n# x")).toBe("`````\ngolive/'\n````\n# x\n`````");
});
