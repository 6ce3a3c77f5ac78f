import { startBare, startGoLive, untilComplete, type Bench, type Flow } from './flows.ts';
import type { History } from './history.ts';
import { SMOOTH_PROFILE } from './plan.ts';
import { BenchProblem } from './problem.ts';
import type { WorkerControl } from './worker-control.ts';
import { countsOf, shapeOf, type Counts, type Shape } from './shape.ts';

/** How fast one kind of workflow was, and how much processor time of its worker each cost. */
export interface Pace {
  readonly perMinute: number;
  readonly workerCpuMs: number;
}

export interface ThroughputResult {
  readonly goLive: Pace;
  readonly bare: Pace;
  readonly pairs: number;
  /** Of the go-live whose shape the bare workflow had. */
  readonly counts: Counts;
  /** Complete go-lives that were measured. */
  readonly histories: readonly FinishedHistory[];
}

export interface FinishedHistory {
  readonly workflowId: string;
  readonly history: History;
  readonly events: number;
  readonly bytes: number;
}

const AT_ONCE = 50;
/** People look about as often as a live view does; more often, and the looking would be measured. */
const LOOK_EVERY = 1_500;
/** Seconds. A second pair is made only where there is time for it. */
const LONGEST_PAIR = 70;
const SAMPLED = 20;

/**
 * Fifty go-lives at once, then as many bare workflows of the shape of one of them; then, where the machine is fast enough,
 * the same in the other order, so that a machine that gets slower or faster favours neither.
 */
export async function measureThroughput(
  bench: Bench,
  workers: { readonly goLive: WorkerControl; readonly bare: WorkerControl },
): Promise<ThroughputResult> {
  const goLiveBatch = () => batch('go-lives', bench, workers.goLive, () => startGoLive(bench, SMOOTH_PROFILE));
  const goLives = [await goLiveBatch()];
  const histories = await Promise.all((goLives[0]?.flows ?? []).slice(0, SAMPLED).map(finishedHistory));
  const shape = typicalShape(histories);
  const bareBatch = () => batch('bare workflows', bench, workers.bare, () => startBare(bench, shape));
  const bares = [await bareBatch()];
  if (secondsOf(goLives) + secondsOf(bares) < LONGEST_PAIR) {
    bares.push(await bareBatch());
    goLives.push(await goLiveBatch());
  }
  return { goLive: paceOf(goLives), bare: paceOf(bares), pairs: goLives.length, counts: countsOf(shape), histories };
}

interface Batch {
  readonly seconds: number;
  readonly cpu: number;
  readonly flows: readonly Flow[];
}

async function batch(what: string, bench: Bench, worker: WorkerControl, start: () => Promise<Flow>): Promise<Batch> {
  const before = await worker.use();
  const began = performance.now();
  const flows = await Promise.all(Array.from({ length: AT_ONCE }, start));
  let complete = 0;
  const telling = setInterval(() => bench.say(`throughput: ${complete} of ${AT_ONCE} ${what}`), 10_000);
  try {
    await Promise.all(flows.map((flow) => untilComplete(bench, flow, LOOK_EVERY).then(() => (complete += 1))));
  } finally {
    clearInterval(telling);
  }
  const seconds = (performance.now() - began) / 1000;
  const after = await worker.use();
  bench.say(`throughput: ${AT_ONCE} ${what} in ${seconds.toFixed(1)} s`);
  return { seconds, cpu: after.cpu - before.cpu, flows };
}

async function finishedHistory({ handle }: Flow): Promise<FinishedHistory> {
  const [history, { raw }] = await Promise.all([handle.fetchHistory(), handle.describe()]);
  const bytes = raw.workflowExecutionInfo?.historySizeBytes?.toNumber() ?? 0;
  return { workflowId: handle.workflowId, history, events: history.events?.length ?? 0, bytes };
}

/** The shape with the middle number of activities: under load the journal is written in fewer, larger pieces. */
function typicalShape(histories: readonly FinishedHistory[]): Shape {
  const shapes = histories.map(({ history }) => shapeOf(history));
  const sorted = shapes.toSorted((a, b) => countsOf(a).activities - countsOf(b).activities);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) throw new BenchProblem('there is no complete go-live to compare with');
  return middle;
}

function paceOf(batches: readonly Batch[]): Pace {
  const workflows = AT_ONCE * batches.length;
  const cpu = batches.reduce((sum, one) => sum + one.cpu, 0);
  return { perMinute: (60 * workflows) / secondsOf(batches), workerCpuMs: cpu / workflows };
}

const secondsOf = (batches: readonly Batch[]) => batches.reduce((sum, { seconds }) => sum + seconds, 0);
