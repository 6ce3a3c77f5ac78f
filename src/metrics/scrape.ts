import { request } from 'undici';
import type { Format } from './exposition.ts';
import { MetricError } from './source.ts';

export interface Target {
  readonly url: string;
  /** How errors and series name it. */
  readonly label: string;
}

export interface Answer {
  readonly label: string;
  readonly format: Format;
  readonly text: string;
}

const ACCEPT = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';
const LARGEST_ANSWER = 16 * 1024 * 1024;

/**
 * Asks every target once; all of them answer within the deadline or the whole attempt fails.
 * @throws {MetricError} of the first target that fails.
 */
export async function scrape(targets: readonly Target[], deadline: number, caller: AbortSignal): Promise<Answer[]> {
  caller.throwIfAborted();
  // One controller a scrape, torn down with it: signals combined with AbortSignal.any stay in memory for as long as the
  // caller's signal lives, which for a watch is a day.
  const controller = new AbortController();
  let isLate = false;
  const abort = () => controller.abort();
  const timer = setTimeout(() => {
    isLate = true;
    abort();
  }, deadline);
  caller.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.all(
      targets.map((target) =>
        ask(target, controller.signal).catch((error: unknown) => {
          if (error instanceof MetricError) throw error;
          caller.throwIfAborted();
          if (isLate) throw new MetricError('late', target.label, `no answer within ${deadline} ms`);
          throw new MetricError('no-answer', target.label, 'no answer');
        }),
      ),
    );
  } finally {
    clearTimeout(timer);
    caller.removeEventListener('abort', abort);
    abort();
  }
}

async function ask({ url, label }: Target, signal: AbortSignal): Promise<Answer> {
  const { statusCode, headers, body } = await request(url, { signal, headers: { accept: ACCEPT } });
  if (statusCode !== 200) {
    void body.dump().catch(() => undefined);
    throw refusal(statusCode, label);
  }
  const format = formatOf(headers['content-type']);
  if (format === undefined || headers['content-encoding'] !== undefined) {
    void body.dump().catch(() => undefined);
    throw new MetricError('surprising-shape', label, 'the answer is not in a format of metrics');
  }
  return { label, format, text: decode(await readBytes(body, label), label) };
}

function refusal(status: number, label: string): MetricError {
  const detail = `status ${status}`;
  if (status === 429 || status >= 500) return new MetricError('no-answer', label, detail);
  return new MetricError(status >= 400 ? 'refused' : 'surprising-shape', label, detail);
}

function formatOf(contentType: string | string[] | undefined): Format | undefined {
  if (typeof contentType !== 'string') return undefined;
  const mediaType = contentType.split(';')[0]?.trim().toLowerCase();
  if (mediaType === 'application/openmetrics-text') return 'openmetrics';
  return mediaType === 'text/plain' ? 'prometheus-text' : undefined;
}

async function readBytes(body: AsyncIterable<Buffer>, label: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new MetricError('surprising-shape', label, 'the answer is too large');
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
