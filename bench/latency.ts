import { setTimeout as delay } from 'node:timers/promises';
import { startBare, startGoLive, type Bench, type Flow } from './flows.ts';
import { happeningsOf } from './history.ts';
import { answerGoLive } from './people.ts';
import { STUCK_PROFILE } from './plan.ts';
import { BenchProblem } from './problem.ts';
import { untilQuiet } from './quiet.ts';
import { shapeOf, type Shape } from './shape.ts';
import { quantileOf } from './statistics.ts';

/** Milliseconds from a message's arrival to the activity that it caused, by the server's clock. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly signalP50: number;
  readonly updateP50: number;
}

export interface LatencyResult {
  readonly goLive: Latency;
  readonly bare: Latency;
  readonly samples: number;
}

type Kind = 'signal' | 'update';
type Sample = { readonly kind: Kind; readonly ms: number };

const PAIRS = 4;
const ROUNDS = 70;
/** The first ones warm compilers and caches. */
const WARM_UP = 5;
const FEWEST_ROUNDS = 25;
const LONGEST = 75_000;
const kindOf = (round: number): Kind => (round % 2 === 0 ? 'signal' : 'update');

/**
 * Sends messages one at a time, by turns to a go-live and to a bare workflow of the same shape, each only when both are
 * quiet. The go-live stands at its last check with every step behind it, where what it carries along is largest.
 */
export async function measureLatency(bench: Bench): Promise<LatencyResult> {
  const model = await modelOf(bench);
  const goLives = await several(PAIRS, () => stuckGoLive(bench));
  const bares = await several(PAIRS, () => waitingBare(bench, model));
  const pairs = goLives.map((goLive, index) => [goLive, bares[index] ?? goLive] as const);
  const until = Date.now() + LONGEST;
  let rounds = 0;
  while (rounds < ROUNDS && Date.now() < until) {
    for (const [goLive, bare] of pairs) {
      const turns = [() => recheck(goLive, kindOf(rounds)), () => message(bare, kindOf(rounds))];
      if (bench.random() < 0.5) turns.reverse();
      for (const turn of turns) await turn();
    }
    rounds += 1;
    if (rounds % 10 === 0) bench.say(`latency: ${rounds * PAIRS} pairs of messages`);
  }
  if (rounds < FEWEST_ROUNDS) throw new BenchProblem(`only ${rounds} rounds of messages in ${LONGEST / 1000} s`);
  const ofGoLive = (await several(PAIRS, (index) => samplesOf(goLives[index], rounds, 'compareDenials'))).flat();
  const ofBare = (await several(PAIRS, (index) => samplesOf(bares[index], rounds, 'act'))).flat();
  await Promise.all([...goLives, ...bares].map(({ handle }) => handle.terminate('measured')));
  return { goLive: latencyOf(ofGoLive), bare: latencyOf(ofBare), samples: ofGoLive.length };
}

interface Model {
  /** Up to the first recheck. */
  readonly before: Shape;
  readonly recheck: Shape;
}

/** One go-live with two rechecks of each kind; the later of each is what all of them look like. */
async function modelOf(bench: Bench): Promise<Model> {
  const { handle } = await stuckGoLive(bench);
  for (const round of [0, 1, 2, 3]) await recheck({ handle }, kindOf(round));
  const shape = shapeOf(await handle.fetchHistory());
  await handle.terminate('measured');
  const rechecks = shape.slice(-4);
  if (rechecks.length < 4 || rechecks.some((stage) => stage.messages !== 1)) {
    throw new BenchProblem('the rechecks of a go-live cannot be told apart in its history');
  }
  return { before: shape.slice(0, -4), recheck: rechecks.slice(2) };
}

async function stuckGoLive(bench: Bench): Promise<Flow> {
  const flow = await startGoLive(bench, STUCK_PROFILE);
  while ((await answerGoLive(flow.handle)).length === 0) await delay(100);
  await untilQuiet(flow.handle);
  return flow;
}

/** Everything before the rechecks is walked through as well, so that both have a history of the same length. */
async function waitingBare(bench: Bench, { before: stages, recheck: cycle }: Model): Promise<Flow> {
  // One more than is sent, so that it still waits in the end.
  const rechecks = Array.from({ length: ROUNDS / 2 + 1 }, () => cycle).flat();
  const flow = await startBare(bench, [...stages, ...rechecks]);
  const before = stages.reduce((sum, stage) => sum + stage.messages, 0);
  let sent = 0;
  while (sent < before) {
    await untilQuiet(flow.handle);
    const awaited = await flow.handle.query<number>('awaited');
    const now = Math.min(awaited, before - sent);
    await Promise.all(Array.from({ length: now }, () => flow.handle.signal('message')));
    sent += now;
  }
  await untilQuiet(flow.handle);
  return flow;
}

async function recheck({ handle }: Pick<Flow, 'handle'>, kind: Kind): Promise<void> {
  const body = { by: 'ana@acme.example', step: 'deny-patterns' };
  await (kind === 'signal' ? handle.signal('recheck', body) : handle.executeUpdate('recheck', { args: [body] }));
  await untilQuiet(handle);
}

async function message({ handle }: Flow, kind: Kind): Promise<void> {
  await (kind === 'signal' ? handle.signal('message') : handle.executeUpdate('message'));
  await untilQuiet(handle);
}

/** The last messages of a history, each with the first activity of this type after it. */
async function samplesOf(flow: Flow | undefined, rounds: number, type: string): Promise<Sample[]> {
  if (flow === undefined) return [];
  const happenings = happeningsOf(await flow.handle.fetchHistory());
  const sent = happenings.filter((it) => it.kind === 'message').slice(-rounds);
  const samples = sent.map(({ id, at }, round) => {
    const caused = happenings.find((it) => it.kind === 'activity' && it.type === type && it.id > id);
    if (caused?.kind !== 'activity') throw new BenchProblem('a message caused no activity');
    return { kind: kindOf(round), ms: caused.at - at };
  });
  return samples.slice(WARM_UP);
}

function latencyOf(samples: readonly Sample[]): Latency {
  const of = (kinds: readonly Kind[]) => samples.filter(({ kind }) => kinds.includes(kind)).map(({ ms }) => ms);
  return {
    p50: quantileOf(of(['signal', 'update']), 0.5),
    p99: quantileOf(of(['signal', 'update']), 0.99),
    signalP50: quantileOf(of(['signal']), 0.5),
    updateP50: quantileOf(of(['update']), 0.5),
  };
}

function several<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => make(index)));
}
