import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { parse, stringify } from 'yaml';
import { startPrometheus, WITHOUT_PROMETHEUS } from '../support/prometheus.ts';
import { callersOf, SORTED, startHaproxy, type Haproxy } from '../traffic/haproxy-process.ts';
import { startEdge } from './edge.ts';
import { Rig, unhurriedPlanAt, untilProgress } from './rig.ts';

const SPEED = 2880;
const SHARES = [5, 25, 50, 100];
const ROUND_EVERY_MS = 250;
const WITHIN_MS = 240_000;
const STEPS = ['steady-state', 'ramp-25', 'ramp-50', 'ramp-100'];

/** Every caller once, at a share that stood still meanwhile. */
interface Round {
  readonly percent: number;
  /** Which side each caller came to. */
  readonly sides: ReadonlyMap<string, string>;
}

it('a go-live with traffic split by HAProxy and judged from Prometheus', { timeout: 300_000 }, async (context) => {
  if (WITHOUT_PROMETHEUS !== undefined) context.skip(WITHOUT_PROMETHEUS);
  const rig = await Rig.start('--rate', '0');
  onTestFinished(() => rig.close());
  const { url } = JSON.parse(await readFile(join(rig.home, 'sandbox.json'), 'utf8')) as { url: string };
  const edge = await startEdge(url, (await rig.secrets()).get('intended-api-key') ?? '');
  const haproxy = await startHaproxy(context, 'sticky', [SORTED], edge.services);
  const scrape = [{ job_name: 'edge', static_configs: [{ targets: [edge.target] }] }];
  const prometheus = await startPrometheus({ scrape, every: '200ms' });
  onTestFinished(() => prometheus.remove());
  await pointProfileAt(rig, haproxy, prometheus.url);
  const driving = new AbortController();
  onTestFinished(() => driving.abort());
  const rounds = drive(haproxy, await callersOf(haproxy), driving.signal);

  rig.startWorker();
  const handle = await rig.startGoLive(plan());
  await withPeople(rig, handle, () =>
    untilProgress(handle, 'full traffic', ({ step }) => step?.id === 'post-launch-watch', WITHIN_MS),
  );
  await haproxy.reload();
  const held = await untilProgress(handle, 'the reload was noticed', ({ state }) => state === 'held');
  expect(held.waitingFor.flatMap(({ about }) => about ?? [])).toContainEqual(
    'the router was reloaded or restarted and went to 0 %, it should stand at 100 %',
  );
  expect(await toldOf(haproxy)).toBe(0);
  await haproxy.run(`set map ${haproxy.map} share 100`);
  await handle.executeUpdate('resume', { args: [{ by: 'ben@acme.example', reason: 'the share is back' }] });
  expect(await withPeople(rig, handle, () => handle.result())).toMatchObject({ outcome: 'live' });
  driving.abort();

  const all = await rounds;
  for (const percent of SHARES) {
    const there = all.filter((round) => round.percent === percent);
    expect(there.length).toBeGreaterThanOrEqual(2);
    expect(Math.abs(measuredPercent(there) - percent)).toBeLessThanOrEqual(1);
    const [first] = there;
    for (const { sides } of there) expect([percent, ...sides]).toEqual([percent, ...(first?.sides ?? [])]);
  }
  const { steps } = await handle.query<Awaited<ReturnType<typeof untilProgress>>>('progress');
  for (const [index, id] of STEPS.entries()) {
    const evidence = steps.find((step) => step.id === id)?.evidence;
    const { share } = (await rig.facts(evidence)) as WindowFacts;
    expect([id, share.named]).toEqual([id, SHARES[index]]);
    // A scrape may be older than the move itself, so a window of seconds holds a moment of the share before.
    const step = share.named - (SHARES[index - 1] ?? 0);
    expect(Math.abs(share.counted - share.named)).toBeLessThanOrEqual(Math.max(2.5, step / 2));
  }
});

function plan() {
  const draft = unhurriedPlanAt(SPEED);
  const { limits, rollout } = draft;
  return {
    ...draft,
    limits: {
      ...limits,
      allowShare: { min: 0.5, max: 0.95 },
      minimumRequests: 20,
      detectableErrorShare: 0.3,
    },
    // As much patience as a machine needs that does all of this at once.
    rollout: { ...rollout, extendAtMost: '4h' },
  };
}

/** The sandbox's profile, but for what moves the traffic and what counts it. */
async function pointProfileAt(rig: Rig, { socket, map }: Haproxy, url: string): Promise<void> {
  const file = join(rig.home, 'golive.yaml');
  const config = parse(await readFile(file, 'utf8')) as {
    readonly profiles: { readonly sandbox: { traffic: object; metrics: { readonly names: object } } };
  };
  const { sandbox } = config.profiles;
  const { names } = sandbox.metrics;
  const split = { mode: 'sticky', map, intended: 'intended', bypass: 'bypass' };
  const traffic = { kind: 'haproxy', runtime: { socket }, split };
  const metrics = { kind: 'prometheus', url, targets: { job: 'edge' }, names, staleAfter: '5s' };
  await writeFile(file, stringify({ ...config, profiles: { sandbox: { ...sandbox, traffic, metrics } } }));
}

/** Has people decide until `wait` is over. */
async function withPeople<T>(
  rig: Rig,
  handle: Awaited<ReturnType<Rig['startGoLive']>>,
  wait: () => Promise<T>,
): Promise<T> {
  const enough = new AbortController();
  const deciding = rig.people(handle, SPEED, enough.signal);
  try {
    return await wait();
  } finally {
    enough.abort();
    await deciding;
  }
}

/** Sends every caller through HAProxy, round after round; those during which the share moved, or HAProxy did not answer, count nothing. */
async function drive(haproxy: Haproxy, callers: readonly string[], signal: AbortSignal): Promise<Round[]> {
  const rounds: Round[] = [];
  while (!signal.aborted) {
    const next = delay(ROUND_EVERY_MS);
    const before = await toldOf(haproxy);
    const answers = await Promise.allSettled(callers.map((caller) => haproxy.ask({ 'x-actor-id': caller })));
    const isWhole = answers.every(({ status }) => status === 'fulfilled') && (await toldOf(haproxy)) === before;
    const sides = answers.map((answer, index) => {
      return [callers[index] ?? '', answer.status === 'fulfilled' ? answer.value.side : ''] as const;
    });
    if (isWhole) rounds.push({ percent: before, sides: new Map(sides) });
    await next;
  }
  return rounds;
}

async function toldOf({ run, map }: Haproxy): Promise<number> {
  return Number(/ share (\d+)/.exec(await run(`show map ${map}`))?.[1]);
}

function measuredPercent(rounds: readonly Round[]): number {
  const sides = rounds.flatMap((round) => [...round.sides.values()]);
  return (100 * sides.filter((side) => side === 'intended').length) / sides.length;
}

interface WindowFacts {
  readonly share: { readonly named: number; readonly counted: number };
}
