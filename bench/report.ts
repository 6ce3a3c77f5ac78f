import { barsOf, isMet, type Bar, type Results } from './results.ts';

/** The results as a table for a terminal, and every bar that was missed. */
export function tableOf(results: Results): string {
  const { messageToActivityMs: latency, throughput, memory } = results.absolute;
  const { activities, timers, messages } = throughput.counts;
  const rows = [
    ['', 'goLive', 'bare', 'ratio', 'bar'],
    [
      'message → activity, p50',
      ms(latency.goLive.p50),
      ms(latency.bare.p50),
      ...judged(results, 'messageToActivityRatio.p50'),
    ],
    [
      'message → activity, p99',
      ms(latency.goLive.p99),
      ms(latency.bare.p99),
      ...judged(results, 'messageToActivityRatio.p99'),
    ],
    ['  by signal, p50', ms(latency.goLive.signalP50), ms(latency.bare.signalP50), '', ''],
    ['  by update, p50', ms(latency.goLive.updateP50), ms(latency.bare.updateP50), '', ''],
    [
      'a minute, 50 at once',
      round(throughput.goLive.perMinute),
      round(throughput.bare.perMinute),
      ...judged(results, 'throughputRatio'),
    ],
    ['  worker CPU each', ms(throughput.goLive.workerCpuMs), ms(throughput.bare.workerCpuMs), '', ''],
    ['events of history', String(results.eventsPerGoLive), '', '', barOf(results, 'eventsPerGoLive')],
    ['bytes of history', String(results.historyBytesPerGoLive), '', '', ''],
    ['worker MB per 1,000 waiting', round(results.workerMbPerThousandWaiting), '', '', ''],
    ['replay ms per event', round(results.replayMsPerEvent), '', '', ''],
  ];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [
    ...lines,
    '',
    `Bare: ${activities} activities, ${timers} timers, ${messages} messages, as in a go-live of this run. ` +
      `${latency.samples} pairs of messages, ${throughput.pairs} pairs of batches, ${memory.waiting} waiting go-lives.`,
  ].join('\n');
}

/** One line for each bar that was missed. */
export function missesOf(results: Results): string[] {
  return barsOf(results)
    .filter((bar) => !isMet(bar))
    .map((bar) => `MISSED: ${bar.name} is ${round(bar.value)}, and ${limitOf(bar)} is promised`);
}

function judged(results: Results, name: string): [string, string] {
  const bar = barsOf(results).find((it) => it.name === name);
  return bar === undefined ? ['', ''] : [round(bar.value), barOf(results, name)];
}

function barOf(results: Results, name: string): string {
  const bar = barsOf(results).find((it) => it.name === name);
  return bar === undefined ? '' : `${limitOf(bar)}: ${isMet(bar) ? 'met' : 'MISSED'}`;
}

const limitOf = ({ limit, sense }: Bar) => `${sense} ${limit}`;
const ms = (value: number) => `${value.toFixed(1)} ms`;
const round = (value: number) => String(Number(value.toPrecision(3)));
