import { decodeUtf8 } from '../domain/utf8.ts';
import { ask, type Head } from '../http/ask.ts';
import { DeadlinePassed, within } from '../http/deadline.ts';
import { MetricError } from './source.ts';

/** What is asked for, and in which form an answer is read. */
export interface Resource<Format> {
  readonly url: string;
  /** How errors name it: host and path, never credentials or a query. */
  readonly label: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The formats that are read, by media type; an answer of any other type is refused. */
  readonly formats: ReadonlyMap<string, Format>;
  /** How much of an answer is read, in bytes. */
  readonly largest: number;
  /** Milliseconds, from connecting to the last byte. */
  readonly deadline: number;
}

export interface Got<Format> {
  readonly format: Format;
  readonly text: string;
}

/**
 * One GET, read whole: no redirect is followed, nothing is decompressed, nothing is repeated.
 * @throws {MetricError} when the answer is missing, late, refused, too large or in another form; with the signal's reason
 * when the caller aborts.
 */
export async function getOnce<Format>(resource: Resource<Format>, caller?: AbortSignal): Promise<Got<Format>> {
  const { label, deadline } = resource;
  try {
    return await within(deadline, caller, (signal) => get(resource, signal));
  } catch (error) {
    if (error instanceof MetricError) throw error;
    caller?.throwIfAborted();
    if (error instanceof DeadlinePassed) throw new MetricError('late', label, error.message);
    // The cause would carry addresses and headers.
    throw new MetricError('no-answer', label, 'no answer');
  }
}

async function get<Format>(resource: Resource<Format>, signal: AbortSignal): Promise<Got<Format>> {
  const { url, label, headers, formats, largest } = resource;
  const largestOf = (head: Head) => (head.status === 200 && formatOf(head, formats) !== undefined ? largest : 0);
  const answer = await ask({ method: 'GET', url, headers, largest: largestOf }, signal);
  if (answer.status !== 200) throw refusal(answer.status, label);
  const format = formatOf(answer, formats);
  if (format === undefined) {
    throw new MetricError('surprising-shape', label, 'the answer is in another format than was asked for');
  }
  if (answer.body === undefined) throw new MetricError('surprising-shape', label, 'the answer is too large');
  const text = decodeUtf8(answer.body);
  if (text === undefined) throw new MetricError('surprising-shape', label, 'the answer is not UTF-8');
  return { format, text };
}

function refusal(status: number, label: string): MetricError {
  const detail = `status ${status}`;
  if (status === 429 || status >= 500) return new MetricError('no-answer', label, detail);
  return new MetricError(status >= 400 ? 'refused' : 'surprising-shape', label, detail);
}

/** Undefined for a body that was not asked for like this. */
function formatOf<Format>({ headers }: Head, formats: ReadonlyMap<string, Format>): Format | undefined {
  const type = headers['content-type'];
  if (typeof type !== 'string' || headers['content-encoding'] !== undefined) return undefined;
  return formats.get(type.split(';')[0]?.trim().toLowerCase() ?? '');
}
