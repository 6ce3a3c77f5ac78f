import { setTimeout as delay } from 'node:timers/promises';
import type { Progress } from '../src/domain/run.ts';
import { promiseLine, type Told } from './promise.ts';
import { startServer } from './server.ts';
import { randomFrom } from './statistics.ts';
import { isHalt, oneByOne, untilEffect, type GoLive, type Series, type Site } from './with-traffic.ts';

/** From `abort` being sent, in milliseconds, run by run. */
export interface AbortResult {
  /** Until the platform was halted, by its own record. */
  readonly halted: readonly number[];
  /** Until the go-live had read back that it is, and that a request is denied; by its own record, which a query may show later. */
  readonly confirmed: readonly number[];
}

const PROMISED = 1_000;
const LOOK_EVERY = 20;
const ABORT = { by: 'chi@acme.example', reason: 'measured' };

/** Whole go-lives, one after the other, each aborted by a person at some moment after its first traffic. */
export async function measureAbort(root: string, { runs, seed, say, cleanUp }: Series): Promise<AbortResult> {
  const site: Site = { root, server: await startServer(root, cleanUp), cleanUp };
  const casting = { name: 'abort', random: randomFrom(seed), runs, say };
  const measured = await oneByOne(site, casting, {
    measure: abort,
    inWords: ({ halted, confirmed }) =>
      `halted after ${Math.round(halted)} ms, confirmed after ${Math.round(confirmed)} ms`,
  });
  return { halted: measured.map(({ halted }) => halted), confirmed: measured.map(({ confirmed }) => confirmed) };
}

async function abort(golive: GoLive): Promise<{ readonly halted: number; readonly confirmed: number }> {
  const { handle } = golive;
  const asked = Date.now();
  await handle.executeUpdate('abort', { args: [ABORT] });
  const halted = untilEffect(golive, 'a halt after an abort', isHalt).then(() => Date.now() - asked);
  const confirmed = confirmedAt(golive);
  return { halted: await halted, confirmed: (await confirmed) - asked };
}

/** Epoch milliseconds; on one machine the server's clock is ours. */
async function confirmedAt({ handle }: GoLive): Promise<number> {
  for (;;) {
    const { steps } = await handle.query<Progress>('progress');
    const step = steps.find(({ id }) => id === 'kill-switch-on');
    if (step?.status === 'passed') return Date.parse(step.endedAt ?? '');
    await delay(LOOK_EVERY);
  }
}

/** What the figures say, and whether the promise is kept. */
export function abortReport({ halted, confirmed }: AbortResult): Told {
  const rows = [promiseLine('halted', halted, PROMISED), promiseLine('confirmed', confirmed, PROMISED)];
  return {
    lines: ['abort to the kill switch', ...rows.map(({ line }) => line)],
    isMet: rows.every(({ isMet }) => isMet),
  };
}
