import { TrafficError } from '../port.ts';
import { firstOf, percentOf, weightsFor, type Weights } from '../weights.ts';
import type { Runtime } from './runtime.ts';
import { assertUnmoved, type Look, type Split } from './split.ts';
import { describe, isUp, lifeOf, rowsOf, type Row } from './statistics.ts';

/** A backend with exactly two servers, whose weights split the requests. */
export interface WeightOptions {
  readonly backend: string;
  /** Names of the servers. */
  readonly intended: string;
  readonly bypass: string;
}

const LARGEST_WEIGHT = 256;

/** The two servers as they stand. */
interface Sides {
  readonly intended: Row;
  readonly bypass: Row;
}

/** Exact over requests, not sticky: a caller meets both sides. */
export function weightSplit({ ask, tell }: Runtime, { backend, intended, bypass }: WeightOptions): Split {
  const read = async (signal: AbortSignal) => {
    const [information = '', statistics = ''] = await ask(['show info', `show stat ${backend} 6 -1 typed`], signal);
    const rows = rowsOf(statistics);
    assertSplits(rows);
    const sides = { intended: serverNamed(rows, intended), bypass: serverNamed(rows, bypass) };
    return { look: lookAt(lifeOf(information), sides), weights: weightsOf(sides) };
  };
  return {
    look: async (signal) => (await read(signal)).look,
    async move(to, expected, signal) {
      const after = weightsFor(to, LARGEST_WEIGHT);
      if (after === undefined) throw new TrafficError('refused', `no two weights of HAProxy make exactly ${to} %`);
      const { look, weights: before } = await read(signal);
      assertUnmoved(look, expected);
      const set = (server: string, weight: number) => `set server ${backend}/${server} weight ${weight}`;
      const both = [set(intended, after.intended), set(bypass, after.bypass)];
      await tell(firstOf(before, after) === 'intended' ? both : both.toReversed(), signal);
    },
  };
}

function weightsOf({ intended, bypass }: Sides): Weights {
  return { intended: intended.weight, bypass: bypass.weight };
}

/** Two servers that split by their weights and by nothing else. */
function assertSplits(rows: readonly Row[]): void {
  const backend = rows.find(({ kind }) => kind === 'backend');
  const servers = rows.filter(({ kind }) => kind === 'server');
  // Only operators are told how a backend balances.
  if (backend?.algorithm === '') throw new TrafficError('refused', 'the runtime API of HAProxy is not of level admin');
  const problem = backend === undefined ? 'HAProxy does not say what the backend is' : shapeProblem(backend, servers);
  if (problem !== undefined) throw new TrafficError('surprising-shape', problem);
}

function shapeProblem({ name, algorithm, cookie }: Row, servers: readonly Row[]): string | undefined {
  if (servers.length !== 2) return `the backend ${name} has ${servers.length} servers, not two`;
  if (servers.some(({ isBackup }) => isBackup)) return `the backend ${name} has a backup server`;
  if (algorithm !== 'roundrobin') return `the backend ${name} does not balance by roundrobin`;
  return cookie === '' ? undefined : `the backend ${name} keeps callers at a server by a cookie`;
}

function serverNamed(rows: readonly Row[], name: string): Row {
  const row = rows.find((one) => one.kind === 'server' && one.name === name);
  if (row === undefined) throw new TrafficError('refused', `HAProxy has no server ${name} in this backend`);
  return row;
}

function lookAt(life: string, sides: Sides): Look {
  const weights = weightsOf(sides);
  const percent = percentOf(weights);
  const version = `${life}.${weights.intended}-${weights.bypass}`;
  return {
    share: { percent: percent ?? 0, version, life },
    doubt: percent === undefined ? 'both weights are 0' : (doubtOf(sides.intended) ?? doubtOf(sides.bypass)),
  };
}

/** A server that gets nothing may be in any state; one that should get something must be there for all of it. */
function doubtOf(server: Row): string | undefined {
  if (server.weight === 0) return undefined;
  if (!isUp(server)) return describe(server);
  return server.weightNow === server.weight ? undefined : `the server ${server.name} is still starting`;
}
