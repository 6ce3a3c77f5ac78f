import type { Format } from './exposition.ts';
import { getOnce, type Got } from './get-once.ts';

export interface Target {
  readonly url: string;
  /** How errors and series name it. */
  readonly label: string;
}

export interface Answer extends Got<Format> {
  readonly label: string;
}

const HEADERS = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' };
const FORMATS: ReadonlyMap<string, Format> = new Map([
  ['application/openmetrics-text', 'openmetrics'],
  ['text/plain', 'prometheus-text'],
]);
const LARGEST_ANSWER = 16 * 1024 * 1024;

/**
 * Asks every target once; all of them answer within the deadline or the whole attempt fails, once none is asked any more.
 * @throws {MetricError} of the first target that failed.
 */
export async function scrape(targets: readonly Target[], deadline: number, caller: AbortSignal): Promise<Answer[]> {
  const asked = targets.map(async ({ url, label }) => {
    const resource = { url, label, headers: HEADERS, formats: FORMATS, largest: LARGEST_ANSWER, deadline };
    return { label, ...(await getOnce(resource, caller)) };
  });
  await Promise.allSettled(asked);
  return Promise.all(asked);
}
