import { z } from 'zod';
import { duration, url, word, type SecretSchema } from './words-schema.ts';

/** As long as Prometheus itself shows a value after it was true. */
const LONGEST_STALENESS = 5 * 60_000;

const metricName = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'must be the name of a metric');
const labelName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be the name of a label');
const labels = z.record(labelName, word);

/** Which series of the platform and its router are read, wherever they are read. */
const series = {
  names: z.strictObject({ requests: metricName, duration: metricName, routed: metricName.optional() }).optional(),
  matchers: labels.default({}),
  sumWithout: z.array(labelName).default([]),
};

/** Where the metrics of a profile are read, by its kind. */
export function metricsSchema(secret: SecretSchema) {
  return z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('openmetrics'), targets: z.array(url).min(1), ...series }),
    z.strictObject({
      kind: z.literal('prometheus'),
      url,
      token: secret.optional(),
      targets: labels.refine((picked) => Object.keys(picked).length > 0, 'must name a label of the targets'),
      instances: z.array(word).min(1).optional(),
      staleAfter: duration
        .prefault('30s')
        .refine((age) => age >= 1_000 && age <= LONGEST_STALENESS, 'must lie between 1s and 5m'),
      ...series,
    }),
  ]);
}
