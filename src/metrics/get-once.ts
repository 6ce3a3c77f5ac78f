import { request } from 'undici';
import { DeadlinePassed } from './deadline.ts';
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
}

export interface Got<Format> {
  readonly format: Format;
  readonly text: string;
}

/**
 * One GET, read whole: no redirect is followed, nothing is decompressed, nothing is repeated. The signal comes from
 * `withinDeadline` and ends the call wherever it stands.
 * @throws {MetricError} when the answer is missing, late, refused, too large or in another form; with the signal's reason
 * when the caller aborts.
 */
export async function getOnce<Format>(resource: Resource<Format>, signal: AbortSignal): Promise<Got<Format>> {
  const { label } = resource;
  try {
    // Undici looks at the signal only once it has a connection, so waiting for one must be ended here.
    return await Promise.race([get(resource, signal), endOf(signal)]);
  } catch (error) {
    if (error instanceof MetricError) throw error;
    const reason: unknown = signal.reason;
    if (reason instanceof DeadlinePassed) throw new MetricError('late', label, reason.message);
    signal.throwIfAborted();
    // The cause would carry addresses and headers.
    throw new MetricError('no-answer', label, 'no answer');
  }
}

function endOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('ended')), { once: true });
  });
}

async function get<Format>(resource: Resource<Format>, signal: AbortSignal): Promise<Got<Format>> {
  const { url, label, formats, largest } = resource;
  const { statusCode, headers, body } = await request(url, { signal, headers: resource.headers });
  if (statusCode !== 200) {
    void body.dump().catch(() => undefined);
    throw refusal(statusCode, label);
  }
  const format = formats.get(mediaTypeOf(headers['content-type']));
  if (format === undefined || headers['content-encoding'] !== undefined) {
    void body.dump().catch(() => undefined);
    throw new MetricError('surprising-shape', label, 'the answer is in another format than was asked for');
  }
  return { format, text: decode(await readBytes(body, largest, label), label) };
}

function refusal(status: number, label: string): MetricError {
  const detail = `status ${status}`;
  if (status === 429 || status >= 500) return new MetricError('no-answer', label, detail);
  return new MetricError(status >= 400 ? 'refused' : 'surprising-shape', label, detail);
}

function mediaTypeOf(contentType: string | string[] | undefined): string {
  return typeof contentType === 'string' ? (contentType.split(';')[0]?.trim().toLowerCase() ?? '') : '';
}

async function readBytes(body: AsyncIterable<Buffer>, largest: number, label: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largest) throw new MetricError('surprising-shape', label, 'the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Buffer, label: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new MetricError('surprising-shape', label, 'the answer is not UTF-8');
  }
}
