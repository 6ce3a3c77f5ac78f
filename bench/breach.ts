import { promiseLine, type Told } from './promise.ts';
import { startServer } from './server.ts';
import { randomFrom } from './statistics.ts';
import { isWayBack, oneByOne, untilEffect, type GoLive, type Series, type Site } from './with-traffic.ts';

/** From a breach until the first step back took effect, in milliseconds, run by run. */
export interface BreachResult {
  /** Milliseconds between two samples. */
  readonly every: number;
  readonly watched: readonly number[];
  /** Where the only worker was killed with the breach, and another one started. */
  readonly killed: readonly number[];
}

type Fate = 'lives' | 'is killed';

/** At the speed of these go-lives the plan's ten seconds are shorter than a rehearsal may sample. */
const EVERY = 250;
const KILLED_WITHIN = 15_000;

/**
 * Whole go-lives, one after the other, each with a sandbox, a worker and people of its own. In the first soak or later
 * everything is denied from one moment on, which a single sample shows.
 */
export async function measureBreach(root: string, { runs, seed, say, cleanUp }: Series): Promise<BreachResult> {
  const site: Site = { root, server: await startServer(root, cleanUp), cleanUp };
  const random = randomFrom(seed);
  const several = (fate: Fate) =>
    oneByOne(
      site,
      { name: `breach, the watcher ${fate}`, random, runs, say },
      { measure: (golive) => breach(golive, fate), inWords: (latency) => `${Math.round(latency)} ms` },
    );
  return { every: EVERY, watched: await several('lives'), killed: await several('is killed') };
}

async function breach(golive: GoLive, fate: Fate): Promise<number> {
  // Before the breach, or it could have been seen already.
  if (fate === 'is killed') golive.killWorker();
  const breached = performance.now();
  await golive.sandbox.arm({ kind: 'world', name: 'deny-all', atShare: 0 });
  if (fate === 'is killed') golive.startWorker();
  await untilEffect(golive, 'a step back after a breach', isWayBack);
  return performance.now() - breached;
}

/** What the figures say, and whether the promises are kept. */
export function breachReport({ every, watched, killed }: BreachResult): Told {
  const rows = [
    promiseLine('the watcher lives', watched, every + 1_000),
    promiseLine('the watcher is killed', killed, KILLED_WITHIN),
  ];
  return {
    lines: ['breach to the first effect of the rollback', ...rows.map(({ line }) => line)],
    isMet: rows.every(({ isMet }) => isMet),
  };
}
