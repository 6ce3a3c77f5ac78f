import { z } from 'zod';
import { parseNumber, seriesName, type Sample } from './exposition.ts';
import type { Matchers } from './families.ts';
import type { PrometheusApi } from './prometheus-api.ts';
import { MetricError } from './source.ts';

const NAME = '__name__';
const SECOND = 1000;

const pair = z.tuple([z.number(), z.string()]);

const matrix = z.object({
  resultType: z.literal('matrix'),
  result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(pair).min(1) })),
});
type RawSeries = z.output<typeof matrix>['result'][number];

/** Series in the store of a Prometheus. */
export interface Asked {
  readonly names: readonly string[];
  /** Labels that every one of them has. */
  readonly exactly: Matchers;
  /** Labels that it may lack, and that have no other value. */
  readonly atMost: Matchers;
  /** Milliseconds. */
  readonly notOlderThan: number;
}

/** A sample with the time at which it was scraped, or at which its target says that it was true. */
export type TimedSample = Sample & { readonly timestamp: number };

/**
 * The newest sample of each series, all from one evaluation.
 *
 * It is asked for as a range, `…[30s]`, in an instant query. An instant vector would carry the time of the evaluation in the
 * place of the sample's own, and show a value up to five minutes after it was true; `timestamp()` knows the true time, but
 * drops the value and the name, and fails where two of the names have the same labels. A range holds the samples as they were
 * stored. It leaves out the markers of staleness, so a series that ended stays for as long as the range is, with a time that
 * stands still: the snapshot, as old as its oldest value, then stands still with it.
 * @throws {MetricError} as {@link PrometheusApi.ask} does, and when the answer is not what was asked for
 */
export async function newestSamples(api: PrometheusApi, asked: Asked, signal: AbortSignal): Promise<TimedSample[]> {
  const { result } = await api.ask({ path: 'query', query: { query: rangeOf(asked) }, data: matrix }, signal);
  const samples = result.map((series) => sampleOf(series, asked, api.address));
  const names = samples.map(({ name, labels }) => seriesName(name, labels));
  if (new Set(names).size !== names.length) throw surprise(api.address, 'a series is there twice');
  return samples;
}

/** PromQL's strings take the escapes of JSON. */
function rangeOf({ names, exactly, atMost, notOlderThan }: Asked): string {
  const matchers = [
    `${NAME}=~${JSON.stringify(names.join('|'))}`,
    ...Object.entries(exactly).map(([label, value]) => `${label}=${JSON.stringify(value)}`),
    ...Object.entries(atMost).map(([label, value]) => `${label}=~${JSON.stringify(`${literally(value)}|`)}`),
  ];
  return `{${matchers.join(',')}}[${notOlderThan}ms]`;
}

function sampleOf({ metric, values }: RawSeries, asked: Asked, where: string): TimedSample {
  const { [NAME]: name = '', ...labels } = metric;
  if (!isAskedFor(name, labels, asked)) throw surprise(where, 'the answer holds a series that was not asked for');
  const [seconds = NaN, text = ''] = values.at(-1) ?? [];
  const value = parseNumber(text);
  if (value === undefined) throw surprise(where, `a value of ${name} is not a number`);
  return { name, labels: new Map(Object.entries(labels)), value, timestamp: Math.round(seconds * SECOND) };
}

function isAskedFor(
  name: string,
  labels: Readonly<Record<string, string>>,
  { names, exactly, atMost }: Asked,
): boolean {
  return (
    names.includes(name) &&
    Object.entries(exactly).every(([label, value]) => labels[label] === value) &&
    Object.entries(atMost).every(([label, value]) => labels[label] === undefined || labels[label] === value)
  );
}

function surprise(where: string, what: string): MetricError {
  return new MetricError('surprising-shape', where, what);
}

/** A text as a regular expression that matches it and nothing else. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
