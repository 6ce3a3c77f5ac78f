import type { LatencyResult } from './latency.ts';
import type { MemoryResult } from './memory.ts';
import type { Surroundings } from './surroundings.ts';
import type { ThroughputResult } from './throughput.ts';

/** What `bench/latest.json` holds. Ratios compare with the bare workflow of the same run; the rest is for this machine. */
export interface Results extends Surroundings {
  readonly messageToActivityRatio: { readonly p50: number; readonly p99: number };
  readonly throughputRatio: number;
  /** The most that one had. */
  readonly eventsPerGoLive: number;
  readonly historyBytesPerGoLive: number;
  readonly workerMbPerThousandWaiting: number;
  readonly replayMsPerEvent: number;
  readonly absolute: {
    readonly messageToActivityMs: LatencyResult;
    readonly throughput: Omit<ThroughputResult, 'histories'>;
    readonly memory: Omit<MemoryResult, 'mbPerThousandWaiting'>;
  };
}

export interface Measured {
  readonly latency: LatencyResult;
  readonly throughput: ThroughputResult;
  readonly memory: MemoryResult;
  readonly replayMsPerEvent: number;
}

export function resultsOf(surroundings: Surroundings, measured: Measured): Results {
  const { latency, memory, replayMsPerEvent } = measured;
  const { histories, ...throughput } = measured.throughput;
  const { mbPerThousandWaiting, ...rest } = memory;
  return {
    ...surroundings,
    messageToActivityRatio: {
      p50: latency.goLive.p50 / latency.bare.p50,
      p99: latency.goLive.p99 / latency.bare.p99,
    },
    throughputRatio: throughput.goLive.perMinute / throughput.bare.perMinute,
    eventsPerGoLive: Math.max(...histories.map(({ events }) => events)),
    historyBytesPerGoLive: Math.max(...histories.map(({ bytes }) => bytes)),
    workerMbPerThousandWaiting: mbPerThousandWaiting,
    replayMsPerEvent,
    absolute: { messageToActivityMs: latency, throughput, memory: rest },
  };
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly limit: number;
  readonly sense: 'at most' | 'at least';
}

/** What golive promises about itself. */
export function barsOf(results: Results): readonly Bar[] {
  const { messageToActivityRatio, throughputRatio, eventsPerGoLive } = results;
  return [
    { name: 'messageToActivityRatio.p50', value: messageToActivityRatio.p50, limit: 1.5, sense: 'at most' },
    { name: 'messageToActivityRatio.p99', value: messageToActivityRatio.p99, limit: 1.5, sense: 'at most' },
    { name: 'throughputRatio', value: throughputRatio, limit: 0.8, sense: 'at least' },
    { name: 'eventsPerGoLive', value: eventsPerGoLive, limit: 1500, sense: 'at most' },
  ];
}

/** A value that is no number, because nothing was measured, meets no bar. */
export function isMet({ value, limit, sense }: Bar): boolean {
  return sense === 'at most' ? value <= limit : value >= limit;
}
