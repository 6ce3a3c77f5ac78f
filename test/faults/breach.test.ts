import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { Progress } from '../../src/domain/run.ts';
import type { WorldFaultName } from '../../src/sandbox/faults/fault.ts';
import { pick, seededRandom } from '../../src/sandbox/router/random.ts';
import { planAt, Rig, until, untilProgress } from '../end-to-end/rig.ts';
import { onlyWhenAll } from './extent.ts';

const SEED = process.env['GOLIVE_TEST_SEED'] ?? String(Date.now() % 2 ** 31);
const SPEED = 1440;
const WITHIN_MS = 15_000;

/** What goes wrong, where and how long after its beginning, differs with every run of the tests. */
const random = seededRandom(SEED);
const fault = pick<WorldFaultName>(random, ['error-spike', 'allow-all', 'deny-all']);
const share = pick(random, [5, 25, 100]);
const after = Math.round(400 * random());

beforeEach((context) => onlyWhenAll(context));

it(`the first step back follows a breach within 15 s, though all who watch are killed (${fault} ${after} ms after ${share} %, seed ${SEED})`, async () => {
  const rig = await Rig.start('--rate', '120');
  onTestFinished(() => rig.close());
  const watcher = rig.startWorker();
  const handle = await rig.startGoLive(planAt(SPEED));
  const people = new AbortController();
  const deciding = rig.people(handle, SPEED, people.signal);
  onTestFinished(async () => {
    people.abort();
    await deciding;
  });

  const stands = ({ traffic: { percent, confirmed } }: Progress) => confirmed && (percent ?? 0) >= share;
  await untilProgress(handle, `${share} %`, stands, 120_000);
  await delay(after);
  // Before the breach, or it could have been seen already.
  watcher.kill('SIGKILL');
  const breached = Date.now();
  await rig.arm({ kind: 'world', name: fault, atShare: 0 });
  rig.startWorker();
  await until('the first step back', async () => {
    const effects = await rig.ledger();
    const isBack = effects.some((it) =>
      it.what === 'share' ? it.to < it.from : it.reason?.includes('kill-switch-on'),
    );
    if (!isBack) throw new Error('nothing was taken back');
  });
  expect(Date.now() - breached).toBeLessThanOrEqual(WITHIN_MS);
});
