import { askRouter } from '../ask-router.ts';
import { exchange, problemOf, type Answer, type Exchange } from '../exchange.ts';
import { assertPercent, TrafficError, type Share, type TrafficPort } from '../port.ts';
import { weightsFor, type Weights } from '../weights.ts';
import { authorizationOf, connectionTo, type ClusterAccess } from './access.ts';
import {
  backendsOf,
  doubtOf,
  parseRoute,
  shareOf,
  versionOf,
  type Backends,
  type HttpRoute,
  type RouteOptions,
} from './route.ts';

/** Which HTTPRoute splits the traffic, and how the API server is called. */
export interface GatewayApiOptions extends RouteOptions {
  readonly namespace: string;
  /** Name of the HTTPRoute. */
  readonly route: string;
  /** Asked before every call, because credentials are replaced. */
  readonly access: () => Promise<ClusterAccess>;
  /** Milliseconds for one call, from connecting to the last byte. */
  readonly deadline?: number;
}

const DEFAULT_DEADLINE = 5_000;
/** Objects may have up to 1.5 MB in etcd. */
const LARGEST_ANSWER = 2_097_152;
const LARGEST_WEIGHT = 1_000_000;

type Call = Pick<Exchange, 'method' | 'body'>;

/**
 * The `gateway-api` adapter: the weights of one rule of a Kubernetes HTTPRoute.
 *
 * Compare-and-set: the change is a JSON patch that tests, in one step with it, that the route is still of the generation
 * that was read, with the same backends and weights in the same places. The generation and not the resource version, which
 * the gateway moves with every word on the route's status.
 *
 * A share counts as read once the gateway says that it took this generation over. That its proxies have loaded it too is
 * nothing that Kubernetes knows.
 */
export function gatewayApiTraffic(options: GatewayApiOptions): TrafficPort {
  const { deadline = DEFAULT_DEADLINE } = options;
  return {
    read: (signal) => askRouter(deadline, signal, (limited) => readInForce(options, limited)),
    set: async (to, expected, signal) => {
      assertPercent(to);
      return askRouter(deadline, signal, (limited) => move(options, to, expected, limited));
    },
  };
}

async function readInForce(options: GatewayApiOptions, signal: AbortSignal): Promise<Share> {
  const route = await readRoute(options, signal);
  const share = shareOf(route, backendsOf(route, options));
  const doubt = doubtOf(route, options);
  if (doubt !== undefined) throw new TrafficError('not-in-force', doubt, share);
  return share;
}

async function move(options: GatewayApiOptions, to: number, expected: Share, signal: AbortSignal): Promise<Share> {
  const weights = weightsFor(to, LARGEST_WEIGHT);
  if (weights === undefined) throw new TrafficError('refused', `no two weights of a route make exactly ${to} %`);
  const before = await readRoute(options, signal);
  assertUnmoved(before, expected);
  const body = JSON.stringify(patchOf(before, backendsOf(before, options), weights));
  const { status, text } = await call(options, { method: 'PATCH', body }, signal);
  if (status === 200) {
    const after = parseRoute(text);
    return shareOf(after, backendsOf(after, options));
  }
  // A test that fails and a change that is not permitted look alike, so it is looked up which it was.
  if (status === 409 || status === 422) assertUnmoved(await readRoute(options, signal), expected);
  const detail = `the API server answered PATCH with status ${status}`;
  throw new TrafficError(status === 409 ? 'no-answer' : problemOf(status), detail);
}

function assertUnmoved(route: HttpRoute, expected: Share): void {
  if (versionOf(route) === expected.version) return;
  throw new TrafficError('moved-by-somebody-else', 'the route was changed by somebody else');
}

function patchOf({ metadata }: HttpRoute, { rule, intended, bypass }: Backends, weights: Weights) {
  const path = (index: number, member: string) => `/spec/rules/${rule}/backendRefs/${index}/${member}`;
  return [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'test', path: '/metadata/generation', value: metadata.generation },
    ...[intended, bypass].flatMap(({ index, name, weight }) => [
      { op: 'test', path: path(index, 'name'), value: name },
      { op: 'test', path: path(index, 'weight'), value: weight },
    ]),
    { op: 'replace', path: path(intended.index, 'weight'), value: weights.intended },
    { op: 'replace', path: path(bypass.index, 'weight'), value: weights.bypass },
  ];
}

async function readRoute(options: GatewayApiOptions, signal: AbortSignal): Promise<HttpRoute> {
  const { status, text } = await call(options, { method: 'GET' }, signal);
  if (status !== 200) throw new TrafficError(problemOf(status), `the API server answered GET with status ${status}`);
  return parseRoute(text);
}

async function call({ namespace, route, access }: GatewayApiOptions, sent: Call, signal: AbortSignal): Promise<Answer> {
  const cluster = await access();
  const dispatcher = connectionTo(cluster);
  signal.addEventListener('abort', () => void dispatcher.destroy(), { once: true });
  const path = `apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${route}`;
  // A server may be a path behind an address that many clusters share.
  const url = `${cluster.server.replace(/\/$/, '')}/${path}`;
  const headers = {
    accept: 'application/json',
    ...authorizationOf(cluster),
    ...(sent.body === undefined ? {} : { 'content-type': 'application/json-patch+json' }),
  };
  return exchange({ ...sent, url, headers, dispatcher, largest: LARGEST_ANSWER }, signal);
}
