/**
 * Set-up that npm runs before `npm start`, `npm run dev`, `npm run worker`, `npm run bench`, `npm run simulate` and
 * `npm test`.
 * Usage: node scripts/setup.mjs start | worker | test
 *
 * It runs on a fresh clone, so it uses nothing but Node itself. The work is imported only after the version was looked
 * at: an old Node then reads one sentence instead of a syntax error.
 */
import { readFileSync } from 'node:fs';

const floor = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).engines.node.replace(
  '>=',
  '',
);

function isOlder(version, than) {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number));
  const differing = right.findIndex((part, index) => part !== left[index]);
  return differing !== -1 && left[differing] < right[differing];
}

if (isOlder(process.versions.node, floor)) {
  console.error(`golive needs Node ${floor} or newer and this is Node ${process.versions.node}; install Node 24.`);
  process.exit(1);
}

const { setUp } = await import('./setup/main.mjs');
process.exit(await setUp(process.argv[2]));
