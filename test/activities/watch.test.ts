import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { translated } from '../../src/activities/failures.ts';
import {
  watchActivities,
  type WatchHeartbeat,
  type WindowReport,
  type WindowRequest,
} from '../../src/activities/watch.ts';
import { openWorlds } from '../../src/activities/world.ts';
import { openFileStore } from '../../src/evidence/file-store.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { factsPath, samplesPath } from '../../src/evidence/layout.ts';
import { EvidenceProblem } from '../../src/evidence/problem.ts';
import type { EvidenceStore } from '../../src/evidence/store.ts';
import { looksOf, type SampleChunk } from '../../src/metrics/recording.ts';
import { MetricError, type MetricSource, type Path, type Series, type Snapshot } from '../../src/metrics/source.ts';
import { beginWatched, watch } from '../../src/metrics/watched.ts';
import { TrafficError, type Share, type TrafficPort } from '../../src/traffic/port.ts';
import { durations, requests, snapshot } from '../metrics/samples.ts';
import { exampleOperator } from '../support/operator.ts';
import { LIMITS } from './stage.ts';

const SCOPE = {
  profile: 'acme-production',
  tenant: 'tenant_acme_prod',
  environment: 'production',
  folder: 'watch',
};
const FROM = Date.parse('2026-11-22T12:00:00Z');
const EVERY = 10_000;
const LENGTH = 20 * EVERY;

let home: string;
let store: EvidenceStore;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'golive-watch-'));
  store = openFileStore(home);
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(home, { recursive: true, force: true });
});

interface Watching {
  readonly environment: MockActivityEnvironment;
  readonly heartbeats: WatchHeartbeat[];
  readonly report: Promise<WindowReport>;
}

interface Surroundings {
  readonly resumed: unknown;
  readonly evidence: EvidenceStore;
  readonly traffic: TrafficPort;
}

/** A router that is at one share, or at one after the other, and is never asked to move it. */
function standingAt(...percents: readonly [number, ...number[]]): TrafficPort {
  return sayingShares(...percents.map((percent) => ({ percent, version: 'v1' })));
}

function sayingShares(...shares: readonly Share[]): TrafficPort {
  let reads = 0;
  return {
    read: () => {
      const share = shares[Math.min(reads++, shares.length - 1)];
      return share === undefined
        ? Promise.reject(new TrafficError('no-answer', 'nothing to say'))
        : Promise.resolve(share);
    },
    set: () => Promise.reject(new TrafficError('refused', 'a watch moves nothing')),
  };
}

/** Runs the activity as a worker does, in an environment of its own, which may resume from a heartbeat. */
function watching(
  metrics: MetricSource,
  request: Partial<WindowRequest> = {},
  { resumed, evidence = store, traffic = standingAt(25) }: Partial<Surroundings> = {},
): Watching {
  const world = { ...openWorlds(exampleOperator().profiles)(SCOPE), metrics, traffic };
  const activities = translated(
    watchActivities({ worlds: () => world, store: evidence, trust: { mode: 'namespace' } }),
  );
  const environment = new MockActivityEnvironment(resumed === undefined ? {} : { heartbeatDetails: resumed }, {
    logger: new DefaultLogger('ERROR'),
  });
  const heartbeats: WatchHeartbeat[] = [];
  environment.on('heartbeat', (details: WatchHeartbeat) => heartbeats.push(details));
  const whole: WindowRequest = {
    purpose: 'soak',
    from: FROM,
    until: FROM + LENGTH,
    length: LENGTH,
    percent: 25,
    limits: LIMITS,
    sampleEvery: EVERY,
    ordinal: 1,
    carry: null,
    ...request,
  };
  return { environment, heartbeats, report: environment.run(() => activities.watchWindow(SCOPE, whole)) };
}

/** What a sample is: healthy counters, or whatever else a function makes of its number. */
type Sample = (index: number, at: number) => Snapshot;

const PER_SAMPLE = 1000;

/** Counters after so many samples at 91 % allowed and nothing slow. */
const healthy: Sample = (index, at) =>
  snapshot(
    at,
    requests(910 * index),
    requests(90 * index, 'deny'),
    requests(0, 'deny', 'error'),
    durations([PER_SAMPLE * index, PER_SAMPLE * index, PER_SAMPLE * index], PER_SAMPLE * index),
  );
const failsFrom =
  (first: number): Sample =>
  (index, at) => {
    const failed = Math.max(0, index - first + 1) * 200;
    return snapshot(
      at,
      requests(910 * index - failed),
      requests(90 * index, 'deny'),
      requests(failed, 'deny', 'error'),
      durations([PER_SAMPLE * index, PER_SAMPLE * index, PER_SAMPLE * index], PER_SAMPLE * index),
    );
  };
const silentBetween =
  (first: number, last: number): Sample =>
  (index, at) => {
    if (index >= first && index <= last) throw new MetricError('no-answer', 'edge/metrics', 'no answer');
    return healthy(index, at);
  };

/** A source at which every look takes as long as the pause between two, so that a window of hours is over at once. */
function scripted(sample: Sample): MetricSource {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: FROM });
  return {
    snapshot: async () => {
      const at = Date.now();
      vi.advanceTimersByTime(EVERY);
      return sample(Math.round((at - FROM) / EVERY), at);
    },
  };
}

describe('a watch', () => {
  it('passes a window that it saw whole and in which every limit held', async () => {
    const { report } = watching(scripted(healthy));
    const { finding, missing } = await report;
    expect(finding).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(finding.summary.length).toBeLessThanOrEqual(120);
    expect(missing).toBe(0);
    expect(finding.evidence && (await store.exists(`watch/${factsPath(finding.evidence)}`))).toBe(true);
  });

  it('keeps what it could have noticed and the worst minute of each limit among its facts', async () => {
    const { report } = watching(scripted(healthy));
    const { evidence } = (await report).finding;
    const bytes = evidence && (await store.read(`watch/${factsPath(evidence)}`));
    const facts: unknown = JSON.parse(Buffer.from(bytes ?? []).toString('utf8'));
    expect(facts).toMatchObject({
      detectable: { 'error-share': expect.any(Number), 'allow-share-min': expect.any(Number) },
      worstMinutes: { 'error-share': { from: FROM, until: FROM + 60_000, count: 0, of: 6 * PER_SAMPLE } },
    });
  });

  it('heartbeats before its first sample and with every one', async () => {
    const source = scripted(healthy);
    const seen: number[] = [];
    const { heartbeats, report } = watching({
      snapshot: (signal) => {
        seen.push(heartbeats.length);
        return source.snapshot(signal);
      },
    });
    await report;
    expect(seen).toEqual(seen.map((_count, index) => index + 1));
    expect(heartbeats).toHaveLength(seen.length + 1);
    expect(heartbeats.at(-1)?.figures).toMatchObject({ percent: 25, errorShare: 0, allowShare: 0.91, problem: null });
  });

  it('heartbeats all through a long pause between two samples', { timeout: 15_000 }, async () => {
    const snapshots = vi.fn<MetricSource['snapshot']>(async () => healthy(1, Date.now()));
    const from = Date.now();
    const { environment, heartbeats, report } = watching(
      { snapshot: snapshots },
      { from, until: from + 120_000, length: 120_000, sampleEvery: 60_000 },
    );
    await vi.waitFor(() => expect(heartbeats).toHaveLength(4), 10_000);
    expect(snapshots).toHaveBeenCalledTimes(1);
    environment.cancel();
    await report;
  });

  it('goes on from the last heartbeat of another worker as if nothing had happened', async () => {
    const whole = await watching(scripted(healthy)).report;
    const source = scripted(healthy);
    const first = watching({
      snapshot: (signal) => {
        if (Date.now() === FROM + 7 * EVERY) throw new TypeError('the worker dies');
        return source.snapshot(signal);
      },
    });
    await expect(first.report).rejects.toThrow('TypeError in golive');
    const left: unknown = JSON.parse(JSON.stringify(first.heartbeats.at(-1)));
    const second = await watching(source, {}, { resumed: left }).report;
    expect(second).toEqual(whole);
  });

  it('heartbeats what it resumed from before anything else can happen to it', async () => {
    const first = watching(scripted(healthy));
    await first.report;
    const left = first.heartbeats[5];
    const { environment, heartbeats, report } = watching(hanging(), {}, { resumed: left });
    await vi.waitFor(() => expect(heartbeats).toHaveLength(1));
    expect(heartbeats[0]?.watched).toEqual(left?.watched);
    expect(heartbeats[0]?.recording).toEqual(left?.recording);
    environment.cancel();
    await report;
  });

  it('returns a breach with the sample that shows it', async () => {
    const { heartbeats, report } = watching(scripted(failsFrom(5)));
    const { finding, missing } = await report;
    expect(finding.verdict).toBe('fail');
    expect(finding.reasons).toEqual(["error-share is 4.00 % of 5000 requests, the plan's bound is 0.50 %"]);
    expect(missing).toBe(0);
    expect(heartbeats).toHaveLength(6);
  });

  it('returns a breach even when its facts cannot be kept', async () => {
    const broken: EvidenceStore = { ...store, exists: unavailable, put: unavailable };
    const { finding } = await watching(scripted(failsFrom(5)), {}, { evidence: broken }).report;
    expect(finding).toMatchObject({ verdict: 'fail' });
    expect(finding.evidence).toBeUndefined();
  });

  it('gives no pass whose facts cannot be kept', async () => {
    const broken: EvidenceStore = { ...store, exists: unavailable, put: unavailable };
    const { report } = watching(scripted(healthy), {}, { evidence: broken });
    await expect(report).rejects.toMatchObject({ type: 'EvidenceUnavailable', nonRetryable: false });
  });

  it('asks for what a silent source hid, and passes when it was made up for', async () => {
    const source = scripted(silentBetween(8, 12));
    const { heartbeats, report } = watching(source);
    const { finding, missing, carry } = await report;
    expect(finding.verdict).toBe('inconclusive');
    expect(missing).toBeGreaterThanOrEqual(5 * EVERY);
    expect(heartbeats.map(({ figures }) => figures.problem).filter((problem) => problem !== null)).toEqual(
      Array.from({ length: 5 }, () => 'edge/metrics: no answer'),
    );
    const from = Date.now();
    const again = await watching(source, { from, until: from + missing, carry }).report;
    expect(again.finding.verdict).toBe('pass');
    expect(again.missing).toBe(0);
  });

  it.each([
    ['never answers', silentBetween(0, 99)],
    ['falls silent before the end', silentBetween(16, 99)],
    ['has counters that stand still', (_index: number, at: number) => healthy(3, at)],
    ['shows no requests', (_index: number, at: number) => healthy(0, at)],
    ['tells of long ago', (index: number, _at: number) => healthy(index, FROM - 1_000_000 + index)],
    ['tells of the future', (index: number, at: number) => healthy(index, at + 3_600_000)],
    [
      'counts too little',
      (index: number, at: number) => snapshot(at, requests(index), durations([index, index, index], index)),
    ],
    [
      'has no latencies',
      (index: number, at: number) => snapshot(at, requests(910 * index), requests(90 * index, 'deny')),
    ],
  ] satisfies readonly (readonly [string, Sample])[])('does not pass a source that %s', async (_what, sample) => {
    const { finding, missing } = await watching(scripted(sample)).report;
    expect(finding.verdict).toBe('inconclusive');
    expect(missing).toBeGreaterThan(0);
  });

  it('answers with what it knows when it is relieved, while it waits and while it looks', async () => {
    const waiting = watching({ snapshot: async () => healthy(1, FROM) }, { until: Date.now() + 3_600_000 });
    await vi.waitFor(() => expect(waiting.heartbeats).toHaveLength(2));
    waiting.environment.cancel();
    const { finding, carry } = await waiting.report;
    expect(finding.verdict).toBe('inconclusive');
    expect(carry.watched).toEqual(waiting.heartbeats.at(-1)?.watched);

    const looking = watching(hanging());
    await vi.waitFor(() => expect(looking.heartbeats).toHaveLength(1));
    looking.environment.cancel();
    expect((await looking.report).finding.verdict).toBe('inconclusive');
  });

  it('leaves the watch to another worker when its own stops', async () => {
    const { environment, heartbeats, report } = watching(hanging());
    await vi.waitFor(() => expect(heartbeats).toHaveLength(1));
    environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
    await expect(report).rejects.toThrow(CancelledFailure);
  });

  it('goes on from the last sample of the watch before, so that nothing between two watches is lost', async () => {
    const source = scripted(failsFrom(12));
    const first = await watching(source, { purpose: 'guard', until: FROM + 10 * EVERY }).report;
    const between = FROM + 15 * EVERY;
    vi.setSystemTime(between);
    const { finding } = await watching(source, {
      purpose: 'guard',
      from: between,
      until: between + 10 * EVERY,
      carry: first.carry,
    }).report;
    expect(finding.verdict).toBe('fail');
  });
});

describe('traffic that could not be seen', () => {
  const shift = (from: number, long: number): Partial<WindowRequest> => ({
    purpose: 'guard',
    from,
    until: from + long,
  });

  it('is blind after a while, and a stretch too short to notice that again does not say that it was seen', async () => {
    const first = await watching(scripted(silentBetween(1, 99)), shift(FROM, LENGTH)).report;
    expect(first.visibility).toBe('blind');
    const source = scripted(silentBetween(0, 99));
    const { carry } = first;
    expect(await watching(source, { ...shift(FROM, EVERY), carry }).report).toMatchObject({ visibility: 'unseen' });
  });

  it('is told of when nothing is newer than what was seen, because the clock was set back', async () => {
    const source = scripted((index, at) => {
      if (index === 3) vi.setSystemTime(FROM - 600_000);
      return healthy(index, at);
    });
    const { report } = watching(source, shift(FROM, LENGTH));
    expect(await report).toMatchObject({ visibility: 'blind', finding: { verdict: 'inconclusive' } });
  });

  it('is told of although the evidence cannot be written either', async () => {
    const evidence: EvidenceStore = { ...store, exists: unavailable, put: unavailable };
    const { report } = watching(scripted(silentBetween(1, 99)), shift(FROM, LENGTH), { evidence });
    expect(await report).toMatchObject({ visibility: 'blind', finding: { verdict: 'inconclusive' } });
  });

  it('is seen again with the first sample that is worth something, however short the stretch', async () => {
    const first = await watching(scripted(silentBetween(1, 20)), shift(FROM, LENGTH)).report;
    expect(first.visibility).toBe('blind');
    const source = scripted(silentBetween(1, 20));
    const from = FROM + 21 * EVERY;
    vi.setSystemTime(from);
    const again = watching(source, { ...shift(from, 2 * EVERY), carry: first.carry });
    expect(await again.report).toMatchObject({ visibility: 'seen' });
  });
});

describe('the share of the traffic', () => {
  it('that somebody else moved is reported at once by a guard', async () => {
    const traffic = standingAt(25, 25, 25, 40);
    const { heartbeats, report } = watching(scripted(healthy), { purpose: 'guard' }, { traffic });
    expect(await report).toMatchObject({ share: 40, visibility: 'seen' });
    expect(heartbeats).toHaveLength(5);
    expect(heartbeats.at(-1)?.figures.percent).toBe(40);
  });

  it('that somebody else moved is reported although the evidence cannot be written', async () => {
    const evidence: EvidenceStore = { ...store, exists: unavailable, put: unavailable };
    const { report } = watching(scripted(healthy), { purpose: 'guard' }, { traffic: standingAt(25, 40), evidence });
    expect(await report).toMatchObject({ share: 40 });
  });

  it('that the router forgot is told apart from one that somebody else moved', async () => {
    const living = (percent: number, life: string) => ({ percent, version: `${life}.${percent}`, life });
    const reloaded = sayingShares(living(25, 'one'), living(25, 'one'), living(0, 'two'));
    expect(await watching(scripted(healthy), { purpose: 'guard' }, { traffic: reloaded }).report).toMatchObject({
      share: 0,
      forgotten: true,
    });
    const moved = sayingShares(living(25, 'one'), living(25, 'one'), living(0, 'one'));
    expect(await watching(scripted(healthy), { purpose: 'guard' }, { traffic: moved }).report).toMatchObject({
      share: 0,
      forgotten: false,
    });
  });

  it('that somebody else moved makes the time of a soak worth nothing, and hides no breach', async () => {
    const { finding, missing, share } = await watching(scripted(healthy), {}, { traffic: standingAt(25, 40) }).report;
    expect(finding.verdict).toBe('inconclusive');
    expect(missing).toBeGreaterThanOrEqual(LENGTH);
    expect(share).toBe(40);
    const { report } = watching(scripted(failsFrom(5)), {}, { traffic: standingAt(25, 40) });
    expect((await report).finding.verdict).toBe('fail');
  });

  it('that cannot be read makes the time of a soak worth nothing either', async () => {
    const silent: TrafficPort = {
      ...standingAt(25),
      read: () => Promise.reject(new TrafficError('no-answer', 'the router did not answer')),
    };
    const { heartbeats, report } = watching(scripted(healthy), {}, { traffic: silent });
    expect(await report).toMatchObject({ finding: { verdict: 'inconclusive' }, share: null });
    expect(heartbeats.at(-1)?.figures.problem).toBe('the router did not answer');
  });

  it('is held against what the router counts', async () => {
    const routing =
      (intended: number): Sample =>
      (index, at) => {
        const { series } = healthy(index, at);
        return { at, series: [...series, routed('intended', intended * index), routed('bypass', 3000 * index)] };
      };
    expect((await watching(scripted(routing(1000))).report).finding.verdict).toBe('pass');
    const { finding } = await watching(scripted(routing(9000))).report;
    expect(finding.verdict).toBe('inconclusive');
    expect(finding.reasons).toEqual([
      expect.stringMatching(/^75.00 % of the traffic came to the platform, 25 % was asked for; /),
    ]);
  });
});

describe('raw samples', () => {
  it('lie in the evidence, each chunk naming the one before, and lead to the same judgement', async () => {
    const long = 100 * EVERY;
    const source = scripted(silentBetween(40, 42));
    const { report } = watching(source, { until: FROM + long, length: long });
    const { carry, finding } = await report;
    const chunks = await chunksFrom(carry.recording.previous);
    expect(chunks.length).toBeGreaterThan(2);
    const looks = chunks.flatMap(looksOf);
    expect(looks).toHaveLength(100);
    expect(looks.filter(({ problem }) => problem !== null)).toHaveLength(3);
    const again = looks.reduce(
      (so, { snapshot: seen, share }) => (seen === null ? so : watch(so, seen, LIMITS, share === 25).watched),
      beginWatched(FROM, EVERY),
    );
    expect(again).toEqual(carry.watched);
    expect(finding.verdict).toBe('pass');
  });

  it('wait in the heartbeats while the evidence cannot be written, and nothing is judged without them', async () => {
    let isDown = true;
    const flaky: EvidenceStore = {
      ...store,
      exists: (path) => store.exists(path),
      put: (path, bytes) => (isDown ? unavailable() : store.put(path, bytes)),
    };
    const long = 60 * EVERY;
    const source = scripted(healthy);
    const first = watching(source, { until: FROM + long, length: long }, { evidence: flaky });
    await expect(first.report).rejects.toMatchObject({ type: 'EvidenceUnavailable' });
    isDown = false;
    const left: unknown = JSON.parse(JSON.stringify(first.heartbeats.at(-1)));
    const request = { until: FROM + long, length: long };
    const { carry, finding } = await watching(source, request, { resumed: left, evidence: flaky }).report;
    expect(finding.verdict).toBe('pass');
    expect((await chunksFrom(carry.recording.previous)).flatMap(looksOf).length).toBeGreaterThan(60);
  });

  /** The chunks of a chain, oldest first. */
  async function chunksFrom(last: Digest | null): Promise<SampleChunk[]> {
    if (last === null) return [];
    const bytes = await store.read(`watch/${samplesPath(last)}`);
    const chunk = JSON.parse(Buffer.from(bytes).toString('utf8')) as SampleChunk;
    return [...(await chunksFrom(chunk.previous)), chunk];
  }
});

function routed(path: Path, count: number): Series {
  return { kind: 'routed', target: 'edge', name: `routed{${path}}`, path, count };
}

/** Answers only by being aborted. */
function hanging(): MetricSource {
  return {
    snapshot: (signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      }),
  };
}

function unavailable(): Promise<never> {
  return Promise.reject(new EvidenceProblem('unavailable', 'watch: the store answered ENOSPC'));
}
