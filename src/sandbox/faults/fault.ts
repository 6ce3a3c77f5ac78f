import { z } from 'zod';
import { SERVICES } from '../platform/health.ts';

/** What becomes of one call. Unless it says otherwise, the platform acts on the call first, and only the answer suffers. */
const callEffect = z.discriminatedUnion('kind', [
  /** Acted on, then the connection is destroyed: the lost answer. */
  z.strictObject({ kind: z.literal('apply-then-drop') }),
  /** The connection is destroyed and nothing was done. */
  z.strictObject({ kind: z.literal('drop-before') }),
  /** This status instead of an answer; `retryAfter` in seconds or as an HTTP date. */
  z.strictObject({
    kind: z.literal('status'),
    status: z.int().min(400).max(599),
    retryAfter: z.string().optional(),
    applied: z.boolean().default(false),
  }),
  /** The answer comes late: the platform waits before it acts (an effect after the caller gave up) or after. */
  z.strictObject({
    kind: z.literal('slow'),
    ms: z.int().min(1).max(600_000),
    wait: z.enum(['before-acting', 'after-acting']).default('before-acting'),
  }),
  /** One byte every `ms`. */
  z.strictObject({ kind: z.literal('drip-feed'), ms: z.int().min(1).max(60_000).default(100) }),
  /** A body that begins as JSON and never ends. */
  z.strictObject({ kind: z.literal('endless-body') }),
  /** A small compressed body that grows to a gibibyte. */
  z.strictObject({ kind: z.literal('gzip-bomb') }),
  /** The page of a proxy instead of JSON. */
  z.strictObject({ kind: z.literal('not-json') }),
  /** 302 to another address, not acted on; who follows it is counted. */
  z.strictObject({ kind: z.literal('redirect') }),
  /** Half of the answer, well framed by HTTP. */
  z.strictObject({ kind: z.literal('truncated-json') }),
]);
export type CallEffect = z.output<typeof callEffect>;

export const WORLD_FAULTS = [
  'degraded-service',
  'missing-service-check',
  'bad-signature',
  'alg-none',
  'expired-token',
  'unknown-kid',
  'wrong-tenant-token',
  'hs256-public-key',
  'stale-audit',
  'audit-gap',
  'broken-chain',
  'halt-lies',
  'rollback-lies',
  'policy-drift',
  'stray-key',
  'stale-monitoring',
  'no-alertmanager',
  'target-down',
  'error-spike',
  'bad-minute',
  'slow-drift',
  'slow-tail',
  'allow-all',
  'deny-all',
  'new-deny-reason',
  'silent-metrics',
  'frozen-metrics',
  'counter-reset',
] as const;
export type WorldFaultName = (typeof WORLD_FAULTS)[number];

/** A fault of single calls, chosen by operation (the contract's `operationId`, or the router's and monitoring's own words). */
const callFault = z.strictObject({
  kind: z.literal('call'),
  operationId: z.string(),
  effect: callEffect,
  /** How many calls suffer. */
  times: z.union([z.int().min(1), z.literal('always')]).default(1),
  /** Only calls whose path contains this, such as `tenant_resume`. */
  path: z.string().optional(),
  /** The router's own traffic uses up no fault unless it is meant to. */
  caller: z.enum(['others', 'router', 'anyone']).default('others'),
});
export type CallFault = z.output<typeof callFault>;

/** A fault of the world: the platform as a whole lies or breaks until it is disarmed. */
const worldFault = z.strictObject({
  kind: z.literal('world'),
  name: z.enum(WORLD_FAULTS),
  /** Of `degraded-service`, `missing-service-check` and `target-down`. */
  service: z.enum(SERVICES).default('policy-engine'),
  /** Of `stray-key`: what it may do. */
  scopes: z.array(z.string()).min(1).default(['emergency:write']),
  /** Only in this tenant; in both without it. */
  tenant: z.string().optional(),
  /** Of the faults of traffic and of its metrics: the share from which on they show. */
  atShare: z.number().min(0).max(100).default(25),
});
export type WorldFault = z.output<typeof worldFault>;

export const faultSchema = z.discriminatedUnion('kind', [callFault, worldFault]);
/** A fault as a caller may write it, defaults left out. */
export type FaultWish = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
