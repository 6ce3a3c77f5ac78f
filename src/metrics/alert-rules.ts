import { request } from 'undici';
import { z } from 'zod';
import { MetricError } from './source.ts';

const rulesAnswer = z.object({
  status: z.literal('success'),
  data: z.object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            type: z.string(),
            name: z.string(),
            query: z.string(),
            health: z.string(),
            state: z.string().optional(),
          }),
        ),
      }),
    ),
  }),
});

/** An alerting rule as the operator's Prometheus has it. */
export interface AlertRule {
  readonly name: string;
  readonly query: string;
  /** `ok` when its last evaluation worked. */
  readonly health: string;
  /** `firing`, `pending` or `inactive`. */
  readonly state: string | undefined;
}

const DEADLINE = 10_000;
const LARGEST_ANSWER = 4 * 1024 * 1024;

/**
 * The alerting rules of a Prometheus server. One attempt, one deadline.
 * @throws {MetricError} when the answer is missing, late, refused or not what was promised
 */
export async function readAlertRules(baseUrl: string): Promise<readonly AlertRule[]> {
  const label = new URL(baseUrl).host;
  const text = await fetchText(`${baseUrl.replace(/\/$/, '')}/api/v1/rules?type=alert`, label);
  const parsed = rulesAnswer.safeParse(parseJson(text));
  if (!parsed.success) throw new MetricError('surprising-shape', label, 'the answer is not a list of rules');
  return parsed.data.data.groups
    .flatMap(({ rules }) => rules)
    .filter(({ type }) => type === 'alerting')
    .map(({ name, query, health, state }) => ({ name, query, health, state }));
}

async function fetchText(url: string, label: string): Promise<string> {
  try {
    const { statusCode, body } = await request(url, { signal: AbortSignal.timeout(DEADLINE) });
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > LARGEST_ANSWER) throw new MetricError('surprising-shape', label, 'the answer is too large');
      chunks.push(chunk);
    }
    if (statusCode !== 200)
      throw new MetricError(statusCode >= 500 ? 'no-answer' : 'refused', label, `status ${statusCode}`);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (error instanceof MetricError) throw error;
    throw new MetricError('no-answer', label, 'no answer');
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
