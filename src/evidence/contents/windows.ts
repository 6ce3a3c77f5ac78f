import { z } from 'zod';
import type { Digest } from '../../domain/verdict.ts';
import { recording } from './samples.ts';

const share = z.number();
const count = z.number();

const windowFacts = z.object({
  request: z.object({
    purpose: z.enum(['soak', 'guard']),
    from: z.number(),
    until: z.number(),
    length: z.number(),
    percent: z.number(),
    limits: z.object({
      latencyMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }),
      errorShare: share,
      allowShare: z.object({ min: share, max: share }),
      minimumRequests: count,
      detectableErrorShare: share,
      auditLag: z.number(),
      policyEngineMs: z.number(),
      tokenSigningMs: z.number(),
      haltToDeny: z.number(),
    }),
    sampleEvery: z.number(),
    ordinal: z.int().min(1),
  }),
  totals: z.strictObject({
    requests: count,
    errors: count,
    failClosed: count,
    allowed: count,
    denied: count,
    escalated: count,
    latency: z.strictObject({ edges: z.array(z.number()), counts: z.array(count), count }),
    routed: z.strictObject({ intended: count, bypass: count }).optional(),
  }),
  samples: recording,
});

/** What a stretch of a window left behind: what was asked for, what it added up, and where its raw samples are. */
export type WindowFacts = Readonly<z.output<typeof windowFacts>>;

/** Every stretch of watching whose facts are in the bundle, by the digest of the facts. */
export function windowsIn(facts: ReadonlyMap<Digest, unknown>): ReadonlyMap<Digest, WindowFacts> {
  const windows = new Map<Digest, WindowFacts>();
  for (const [digest, value] of facts) {
    const read = windowFacts.safeParse(value);
    if (read.success) windows.set(digest, read.data);
  }
  return windows;
}
