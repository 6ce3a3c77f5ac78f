/**
 * Which item of the runbook says what under which fault, taken from what the tests have just measured. Prints the table and
 * holds `docs/checks.md` against it. Usage: node scripts/checks-table.mjs [--write]
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
const verdicts = join(root, '.golive/verdicts');
const document = join(root, 'docs/checks.md');
const PARTS = ['faults-of-calls', 'lies'];

const SYMBOLS = { pass: 'PASS', fail: '✖', inconclusive: '?' };

/** The items that no machine measures, and who answers for them. */
const OTHERS = {
  P2a: 'the platform’s command line, or a person’s word',
  C3: 'a person’s word',
  I2: 'a person’s word',
  I3: 'a person’s word',
  I4: 'a person’s word',
  R2c: 'reviewers',
  R4d: 'the seal, read back',
};

/** Items in the order of the runbook, those that one check measures together; faults in the order in which they were met. */
function tableOf(cells) {
  const faults = [...new Set(cells.map(({ fault }) => fault))];
  const names = [...new Set(cells.map(({ items }) => nameOf(items)))].toSorted(byRunbook);
  const symbolsOf = (name, fault) => {
    const said = cells.filter((cell) => cell.fault === fault && nameOf(cell.items) === name);
    const verdicts = Object.keys(SYMBOLS).filter((verdict) => said.some((cell) => cell.verdict === verdict));
    return verdicts.map((verdict) => SYMBOLS[verdict]).join(' ');
  };
  return { faults, rows: names.map((name) => [name, ...faults.map((fault) => symbolsOf(name, fault))]) };
}

/** `P3a–e` for P3a to P3e. */
function nameOf(items) {
  const [first, last] = [items[0], items.at(-1)];
  return first === last ? first : `${first}–${last.slice(-1)}`;
}

/** What must never be: an item that passed under a fault that concerns it. */
function passesIn({ faults, rows }) {
  return rows.flatMap(([item, ...said]) =>
    said.flatMap((symbols, index) => (symbols.includes(SYMBOLS.pass) ? [`${item} passes under ${faults[index]}`] : [])),
  );
}

const PHASES = ['P', 'C', 'I', 'R', 'B'];
function byRunbook(one, other) {
  const keyOf = (item) => [PHASES.indexOf(item[0]), Number(/\d+/.exec(item)?.[0] ?? 0), item];
  const [a, b] = [keyOf(one), keyOf(other)];
  return a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1);
}

/** Faults down, items across: there are more of the one, and names of faults are long. */
function markdownOf({ faults, rows }) {
  const head = ['fault', ...rows.map(([item]) => item)];
  const lines = faults.map((fault, index) => [`\`${fault}\``, ...rows.map((row) => row[index + 1])]);
  const others = Object.entries(OTHERS).map(([item, who]) => `| ${item} | ${who} |`);
  return [
    '# What each check says under each fault',
    '',
    'Measured by `npm test` (`test/activities/checks.test.ts` and `lies.test.ts`) against the sandbox, and held against this page by',
    '`scripts/checks-table.mjs`; `node scripts/checks-table.mjs --write` writes it anew after a test run. A row is a fault of single calls or a',
    'lie of the platform, a column is an item of the [runbook](runbook.md), or the items that one check measures together.',
    '',
    '- `✖` the check **fails**: something is certainly wrong;',
    '- `?` it is **inconclusive**: it could not be measured, which never counts as passed;',
    '- both: it depends on which of its calls suffers;',
    '- empty: the fault does not concern it, because it makes no such call or relies on nothing that lies.',
    '',
    'No cell is a pass.',
    '',
    [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n'),
    '',
    '## What is not in the table',
    '',
    '| item | who answers for it |',
    '| --- | --- |',
    ...others,
    '',
    'R1 to R3 and B1 to B4 act and are read back: `test/activities/mutations.test.ts` breaks every one of their calls.',
    '',
  ].join('\n');
}

function cellsOf() {
  const files = existsSync(verdicts) ? readdirSync(verdicts) : [];
  const missing = PARTS.filter((part) => !files.includes(`${part}.json`));
  if (missing.length > 0)
    throw new Error(`The tests have not measured ${missing.join(' and ')} yet: run npm test first.`);
  return PARTS.flatMap((part) => JSON.parse(readFileSync(join(verdicts, `${part}.json`), 'utf8')));
}

async function main() {
  const table = tableOf(cellsOf());
  const options = await resolveConfig(document);
  const text = await format(markdownOf(table), { ...options, parser: 'markdown' });
  console.log(
    text
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .slice(0, table.faults.length + 2)
      .join('\n'),
  );
  const passes = passesIn(table);
  if (passes.length > 0) {
    console.error(passes.join('\n'));
    process.exitCode = 1;
  } else if (process.argv.includes('--write')) writeFileSync(document, text);
  else if (!existsSync(document) || readFileSync(document, 'utf8') !== text) {
    console.error(
      'docs/checks.md says something else: look at the difference, then node scripts/checks-table.mjs --write',
    );
    process.exitCode = 1;
  }
}

await main();
