import { z } from 'zod';
import { TrafficError, type Share } from '../port.ts';
import { percentOf } from '../weights.ts';

/** Which part of a route splits the traffic, and whose word counts that it does. */
export interface RouteOptions {
  /** Names of the two backends of the rule. */
  readonly intended: string;
  readonly bypass: string;
  /** Position or name of the rule; only needed where the route has more than one. */
  readonly rule?: number | string | undefined;
  /** The gateway that carries the route out. */
  readonly gateway: { readonly name: string; readonly namespace: string };
}

const condition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  observedGeneration: z.int().optional(),
});

const weight = z.int().min(0).max(1_000_000);
const backendRef = z.object({ name: z.string(), weight });

/** What of an HTTPRoute is read. The server fills in what a manifest leaves out, weights among it. */
const httpRoute = z.object({
  apiVersion: z.literal('gateway.networking.k8s.io/v1'),
  kind: z.literal('HTTPRoute'),
  metadata: z.object({
    uid: z.string().regex(/^[\x21-\x7e]{1,100}$/),
    generation: z.int().min(1),
    namespace: z.string(),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    rules: z.array(z.object({ name: z.string().optional(), backendRefs: z.array(backendRef).default([]) })).default([]),
  }),
  status: z
    .object({
      parents: z.array(
        z.object({
          parentRef: z.object({
            kind: z.string().default('Gateway'),
            name: z.string(),
            namespace: z.string().optional(),
          }),
          conditions: z.array(condition).default([]),
        }),
      ),
    })
    .prefault({ parents: [] }),
});
export type HttpRoute = z.output<typeof httpRoute>;

/** The two backends of the rule, and where they stand in the route. */
export interface Backends {
  readonly rule: number;
  readonly intended: Backend;
  readonly bypass: Backend;
}

export interface Backend {
  readonly index: number;
  readonly name: string;
  readonly weight: number;
}

/** @throws {TrafficError} when it is no HTTPRoute */
export function parseRoute(text: string): HttpRoute {
  try {
    return httpRoute.parse(JSON.parse(text));
  } catch {
    // The cause would repeat the body.
    throw new TrafficError('surprising-shape', 'the API server did not answer with an HTTPRoute of version v1');
  }
}

/** @throws {TrafficError} unless one rule splits between exactly these two */
export function backendsOf({ spec }: HttpRoute, options: Omit<RouteOptions, 'gateway'>): Backends {
  const rule = ruleIndex(spec.rules, options.rule);
  const refs = spec.rules[rule]?.backendRefs ?? [];
  const found = (name: string): Backend => {
    const index = refs.findIndex((ref) => ref.name === name);
    const ref = refs[index];
    if (ref === undefined || refs.length !== 2) {
      const both = `${options.intended} and ${options.bypass}`;
      throw new TrafficError('surprising-shape', `the rule does not split between ${both} and nothing else`);
    }
    return { index, ...ref };
  };
  return { rule, intended: found(options.intended), bypass: found(options.bypass) };
}

/** A change of anything in the specification makes another generation, one of the status does not. */
export function versionOf({ metadata: { uid, generation } }: HttpRoute): string {
  return `${uid}.${generation}`;
}

/** The share that the route asks for. */
export function shareOf(route: HttpRoute, { intended, bypass }: Backends): Share {
  const percent = percentOf({ intended: intended.weight, bypass: bypass.weight });
  const version = versionOf(route);
  if (percent !== undefined) return { percent, version };
  throw new TrafficError('not-in-force', 'both weights are 0', { percent: 0, version });
}

/** Why the gateway does not do what the route says; `undefined` when it says that it does. */
export function doubtOf(
  { metadata, status }: HttpRoute,
  { gateway }: Pick<RouteOptions, 'gateway'>,
): string | undefined {
  if (metadata.deletionTimestamp !== undefined) return 'the route is being deleted';
  const ours = status.parents.filter(
    ({ parentRef }) =>
      parentRef.kind === 'Gateway' &&
      parentRef.name === gateway.name &&
      (parentRef.namespace ?? metadata.namespace) === gateway.namespace,
  );
  if (ours.length === 0) return `the gateway ${gateway.name} says nothing of the route`;
  return ours
    .map(({ conditions }) => conditionDoubt(conditions, metadata.generation))
    .find((doubt) => doubt !== undefined);
}

function conditionDoubt(conditions: readonly z.output<typeof condition>[], generation: number): string | undefined {
  for (const type of ['Accepted', 'ResolvedRefs']) {
    const found = conditions.find((one) => one.type === type);
    if (found === undefined) return `the gateway does not say ${type}`;
    if ((found.observedGeneration ?? 0) < generation) return 'the gateway has not taken the change over yet';
    if (found.status !== 'True') return `the gateway says that ${type} is ${found.status}`;
  }
  const isPartial = conditions.some(({ type, status }) => type === 'PartiallyInvalid' && status !== 'False');
  return isPartial ? 'the gateway carries the route out in part only' : undefined;
}

function ruleIndex(rules: HttpRoute['spec']['rules'], wanted: number | string | undefined): number {
  if (wanted === undefined && rules.length !== 1) {
    throw new TrafficError(
      'surprising-shape',
      `the route has ${rules.length} rules, and the profile does not say which`,
    );
  }
  const index = typeof wanted === 'string' ? rules.findIndex(({ name }) => name === wanted) : (wanted ?? 0);
  if (rules[index] !== undefined) return index;
  throw new TrafficError('surprising-shape', `the route has no rule ${wanted}`);
}
