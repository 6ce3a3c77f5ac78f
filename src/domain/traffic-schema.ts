import { z } from 'zod';
import { duration, url, word, type SecretSchema } from './words-schema.ts';

/** Both go into commands for HAProxy as they are. */
const proxyName = z.string().regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'must be a name as HAProxy has them');
const mapFile = z
  .string()
  .regex(/^[A-Za-z0-9_./@-]{1,200}$/, 'must be the file as the configuration of HAProxy names it');
/** Goes into an address as it is. */
const clusterName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/, 'must be a name as Kubernetes has them');

/** Moving the share and looking at it is given a minute. */
const LONGEST_OBSERVATION = 45_000;

const haproxy = z.strictObject({
  kind: z.literal('haproxy'),
  runtime: z.union([
    z.strictObject({ socket: z.string().startsWith('/') }),
    z.strictObject({ host: word, port: z.int().min(1).max(65_535) }),
  ]),
  split: z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('weight'), backend: proxyName, intended: proxyName, bypass: proxyName }),
    z.strictObject({ mode: z.literal('sticky'), map: mapFile, intended: proxyName, bypass: proxyName }),
  ]),
});

const manual = z.strictObject({
  kind: z.literal('manual'),
  /** The person or the team that moves the share. */
  owner: word,
  /** How long requests are counted at most until the share is clear. */
  observe: duration
    .prefault('30s')
    .refine((length) => length >= 5_000 && length <= LONGEST_OBSERVATION, 'must lie between 5s and 45s'),
});

/** Shorter, a worker that is restarted would lose the traffic; longer, it is none. */
const trafficLease = duration.refine((lease) => lease >= 30_000 && lease <= 3_600_000, 'must lie between 30s and 1h');

/** What moves the traffic of a profile, by its kind. */
export function trafficSchema(secret: SecretSchema) {
  const gatewayApi = z.strictObject({
    kind: z.literal('gateway-api'),
    namespace: clusterName,
    route: clusterName,
    /** Position or name of the rule; only needed where the route has more than one. */
    rule: z.union([z.int().min(0).max(15), clusterName]).optional(),
    intended: clusterName,
    bypass: clusterName,
    /** In the namespace of the route unless it says another one. */
    gateway: z.strictObject({ name: clusterName, namespace: clusterName.exactOptional() }),
    access: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('in-cluster') }),
      z.strictObject({ kind: z.literal('kubeconfig'), kubeconfig: secret, context: word.optional() }),
    ]),
  });

  return z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('http'), url, token: secret.optional(), lease: trafficLease.optional() }),
    haproxy,
    gatewayApi,
    manual,
  ]);
}
