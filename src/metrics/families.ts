import { countOf, ExpositionError, seriesName, type Exposition, type Sample } from './exposition.ts';
import { bucketsOf, groupBuckets } from './histogram.ts';
import {
  DECISIONS,
  OUTCOMES,
  PATHS,
  type DurationSeries,
  type RequestSeries,
  type RoutedSeries,
  type Series,
} from './source.ts';

/** How the platform's metrics are called where they are read. `routed` is read only when it is named. */
export interface MetricNames {
  /** Sample name of the counter, `_total` included. */
  readonly requests: string;
  /** Name of the histogram, without `_bucket`. */
  readonly duration: string;
  /** Sample name of the router's counter, `_total` included. */
  readonly routed?: string | undefined;
}

export const DEFAULT_NAMES: MetricNames = {
  requests: 'golive_requests_total',
  duration: 'golive_request_duration_seconds',
};

/** Labels, with their values, of the series that count. */
export type Matchers = Readonly<Record<string, string>>;

/** Which series are ours. */
export interface Selection {
  readonly names: MetricNames;
  readonly matchers: Matchers;
  /** Labels that may split what is counted into parts, which are added up. Any other label must have one value. */
  readonly sumWithout: readonly string[];
}

/** Our series of one target. */
export interface Selected {
  readonly series: readonly Series[];
  /** What they were read from. */
  readonly samples: readonly Sample[];
}

/** The labels by which requests are counted here. */
const OWN_LABELS: readonly string[] = ['decision', 'outcome', 'path', 'le'];

/**
 * Our series out of everything a target exposes.
 * @throws {ExpositionError} when a family is missing, none of its series matches, or a value cannot be a count.
 */
export function selectSeries(
  exposition: Exposition,
  { names, matchers }: Pick<Selection, 'names' | 'matchers'>,
  target: string,
): Selected {
  const matching = exposition.samples.filter(({ labels }) => matches(labels, matchers));
  const family = new Family(exposition.types, matching, target);
  const series = [
    ...requestSeries(family, names.requests),
    ...durationSeries(family, names.duration),
    ...(names.routed === undefined ? [] : routedSeries(family, names.routed)),
  ];
  return { series, samples: family.taken };
}

/** The names of all samples that {@link selectSeries} looks at. */
export function sampleNames({ requests, duration, routed }: MetricNames): string[] {
  const counters = routed === undefined ? [requests] : [requests, routed];
  return [
    ...counters.flatMap((counter) => [counter, createdName(counter)]),
    `${duration}_bucket`,
    `${duration}_count`,
    createdName(duration),
  ];
}

/**
 * A label that tells samples of one name apart although nobody counts by it. It could stand for another tenant, or for a second
 * scrape of the same requests, and then a sum would be wrong.
 */
export function strangeLabel(
  samples: readonly Sample[],
  { sumWithout }: Pick<Selection, 'sumWithout'>,
): string | undefined {
  const firsts = new Map<string, Sample>();
  for (const sample of samples) {
    const first = firsts.get(sample.name) ?? sample;
    firsts.set(sample.name, first);
    const labels = new Set([...first.labels.keys(), ...sample.labels.keys()]);
    for (const label of labels) {
      if (OWN_LABELS.includes(label) || sumWithout.includes(label)) continue;
      if (first.labels.get(label) !== sample.labels.get(label)) return label;
    }
  }
  return undefined;
}

function requestSeries(family: Family, name: string): RequestSeries[] {
  return family.samples(name, 'counter').map((sample) => ({
    kind: 'requests',
    ...family.identity(sample, name),
    decision: oneOf(DECISIONS, sample, 'decision'),
    outcome: oneOf(OUTCOMES, sample, 'outcome'),
    count: countOf(sample),
  }));
}

function durationSeries(family: Family, name: string): DurationSeries[] {
  const totals = family.samples(`${name}_count`, 'histogram');
  const groups = groupBuckets(family.samples(`${name}_bucket`, 'histogram'), name);
  if (groups.size !== totals.length) throw new ExpositionError(`${name}: buckets and counts do not belong together`);
  return totals.map((total) => {
    const group = groups.get(seriesName(name, total.labels)) ?? [];
    return { kind: 'duration', ...family.identity(total, name), buckets: bucketsOf(group, total, name) };
  });
}

function routedSeries(family: Family, name: string): RoutedSeries[] {
  return family.samples(name, 'counter').map((sample) => ({
    kind: 'routed',
    ...family.identity(sample, name),
    path: oneOf(PATHS, sample, 'path'),
    count: countOf(sample),
  }));
}

/** The matching samples of one target, handed out by name. */
class Family {
  readonly taken: Sample[] = [];
  readonly #types: ReadonlyMap<string, string>;
  readonly #samples: readonly Sample[];
  readonly #created: ReadonlyMap<string, number>;
  readonly #target: string;

  constructor(types: ReadonlyMap<string, string>, samples: readonly Sample[], target: string) {
    this.#types = types;
    this.#samples = samples;
    this.#target = target;
    const created = samples.filter(({ name }) => name.endsWith('_created'));
    this.#created = new Map(created.map(({ name, labels, value }) => [seriesName(name, labels), value * 1000]));
  }

  /** A family that is missing is an error: it must never be taken for zero requests. */
  samples(name: string, type: 'counter' | 'histogram'): Sample[] {
    const declared = this.#types.get(name) ?? this.#types.get(withoutSuffix(name)) ?? type;
    if (![type, 'untyped', 'unknown'].includes(declared)) throw new ExpositionError(`${name} is not a ${type}`);
    const found = this.#samples.filter((sample) => sample.name === name);
    if (found.length === 0) throw new ExpositionError(`${name} has no series that matches`);
    this.taken.push(...found);
    return found;
  }

  identity({ labels }: Sample, name: string): { target: string; name: string; created?: number } {
    const created = this.#created.get(seriesName(createdName(name), labels));
    const isKnown = created !== undefined && Number.isFinite(created);
    return { target: this.#target, name: seriesName(name, labels), ...(isKnown ? { created } : {}) };
  }
}

/** Where OpenMetrics says since when a counter or a histogram counts. */
function createdName(name: string): string {
  return `${withoutSuffix(name)}_created`;
}

function withoutSuffix(name: string): string {
  return name.replace(/_(?:total|count|bucket)$/, '');
}

function matches(labels: ReadonlyMap<string, string>, matchers: Matchers): boolean {
  return Object.entries(matchers).every(([label, value]) => labels.get(label) === value);
}

function oneOf<Word extends string>(words: readonly Word[], { name, labels }: Sample, label: string): Word {
  const word = words.find((known) => known === labels.get(label));
  if (word === undefined) throw new ExpositionError(`${name}: the label ${label} is missing or has an unknown value`);
  return word;
}
