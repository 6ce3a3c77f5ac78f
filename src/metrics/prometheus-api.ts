import { z } from 'zod';
import { getOnce } from './get-once.ts';
import { MetricError } from './source.ts';

/** Where a Prometheus server is, and how it is asked. */
export interface PrometheusOptions {
  /** Its address, with the prefix under which it is served. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  /** Milliseconds for one question, from connecting to the last byte. */
  readonly deadline?: number;
}

/** One read of the HTTP API. */
export interface Question<Data> {
  /** Below `/api/v1/`, such as `rules`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What the member `data` of the answer must be. */
  readonly data: z.ZodType<Data>;
}

export interface PrometheusApi {
  /** Host and path of the server, as errors name it. */
  readonly address: string;
  /**
   * One attempt within one deadline. An answer that comes with remarks may leave something out and is none.
   * @throws {MetricError} when the answer is missing, late, refused or not what was promised; rejects with the signal's
   * reason when the caller aborts.
   */
  ask<Data>(question: Question<Data>, caller?: AbortSignal): Promise<Data>;
}

/** A time as Prometheus writes it (RFC 3339), as epoch milliseconds. What never happened was in the year 1. */
export const instant = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const remarks = z.array(z.string()).nullish();

const envelope = z.object({
  status: z.literal('success'),
  data: z.unknown(),
  /** Thanos says here that a store did not answer. */
  warnings: remarks,
  /** Meant for people who look at a graph; to what is asked here there is nothing to remark. */
  infos: remarks,
  /** VictoriaMetrics says it like this. */
  isPartial: z.boolean().nullish(),
});

const DEFAULT_DEADLINE = 10_000;
/** The list of targets of a large server, with all their labels. */
const LARGEST_ANSWER = 32 * 1024 * 1024;
const FORMATS: ReadonlyMap<string, 'json'> = new Map([['application/json', 'json']]);

/** The read side of a Prometheus server. */
export function prometheusApi({ url, token, deadline = DEFAULT_DEADLINE }: PrometheusOptions): PrometheusApi {
  const { origin, host, pathname } = new URL(url);
  const path = pathname.replace(/\/+$/, '');
  const prefix = `${path}/api/v1/`;
  const headers = {
    accept: 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  return {
    address: `${host}${path}`,
    async ask({ path: below, query = {}, data }, caller) {
      const label = `${host}${prefix}${below}`;
      const address = new URL(`${origin}${prefix}${below}`);
      for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
      const resource = { url: address.href, label, headers, formats: FORMATS, largest: LARGEST_ANSWER, deadline };
      const { text } = await getOnce(resource, caller);
      return read(text, data, label);
    },
  };
}

function read<Data>(text: string, data: z.ZodType<Data>, label: string): Data {
  const answer = envelope.safeParse(parseJson(text));
  if (!answer.success)
    throw new MetricError('surprising-shape', label, 'the answer is not the success of a Prometheus');
  const { warnings, infos, isPartial } = answer.data;
  if ([...(warnings ?? []), ...(infos ?? [])].length > 0 || isPartial === true) {
    throw new MetricError('no-answer', label, 'the answer comes with remarks and may not be whole');
  }
  const parsed = data.safeParse(answer.data.data);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.map(String).join('.') ?? '';
  throw new MetricError('surprising-shape', label, `the answer does not fit at data.${where}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
