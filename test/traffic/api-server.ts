import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { isDeepStrictEqual } from 'node:util';
import { onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { certify, type Certificate } from '../intended/certificates.ts';

type Json = null | boolean | number | string | Json[] | { [member: string]: Json };
type Document = { [member: string]: Json };

/** What a Kubernetes API server does with one HTTPRoute, the one of `docs/gateway-api/route.yaml`. */
export interface ApiServer {
  readonly url: string;
  /** PEM of the authority that vouches for it. */
  readonly authority: string;
  /** What it believes: a bearer token, and the certificates of this authority. */
  readonly token: string;
  readonly client: Certificate;
  /** The route as it is stored. Whoever changes it here has to say `changed`. */
  readonly route: Route;
  /** Somebody has changed the specification: another generation, and the gateway takes it over unless it lags. */
  changed(): void;
  /** Somebody has changed the rest: another resource version alone. */
  touched(): void;
  /** From now on the gateway says this of every generation; `lags` is that it says nothing new. */
  gateway: 'takes over' | 'lags';
  /** Takes the next call, or the next of this method, out of the server's hands. */
  interrupt(handler: Handler, method?: string): void;
  /** Methods and tokens of the calls so far. */
  readonly calls: readonly { readonly method: string; readonly authorization: string | undefined }[];
}

export type Handler = (request: IncomingMessage, response: ServerResponse, serve: () => Promise<void>) => void;

interface Route {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; uid: string; generation: number; resourceVersion: string } & Document;
  spec: { parentRefs: Document[]; rules: Rule[] };
  status: { parents: Parent[] };
}

interface Rule {
  name?: string;
  backendRefs: ({ name: string; weight: number } & Document)[];
}

interface Parent {
  parentRef: Document;
  controllerName: string;
  conditions: { type: string; status: string; observedGeneration?: number; reason: string }[];
}

const PATH = '/apis/gateway.networking.k8s.io/v1/namespaces/edge/httproutes/authorization';
const ROUTE = readFileSync(new URL('../../docs/gateway-api/route.yaml', import.meta.url), 'utf8');
/** What an API server says can hold anything, so errors must not repeat it. */
export const LOQUACIOUS = 'hush: the body of a refusal';

export async function startApiServer(): Promise<ApiServer> {
  const authority = certify({ commonName: 'cluster' });
  const own = certify({ commonName: 'kubernetes', issuer: authority.issuer, address: [127, 0, 0, 1] });
  const client = certify({ commonName: 'golive', issuer: authority.issuer, address: [127, 0, 0, 1] });
  const state = new State();
  const server = createServer(
    { key: own.key, cert: own.certificate, ca: authority.certificate, requestCert: true, rejectUnauthorized: false },
    (request, response) => void state.answer(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, { url, authority: authority.certificate, client });
}

class State {
  readonly token = 'hush-token-of-the-service-account';
  readonly route = stored();
  readonly calls: { method: string; authorization: string | undefined }[] = [];
  gateway: ApiServer['gateway'] = 'takes over';
  #interruption: { readonly handler: Handler; readonly method: string | undefined } | undefined;

  interrupt(handler: Handler, method?: string): void {
    this.#interruption = { handler, method };
  }

  changed(): void {
    this.route.metadata.generation += 1;
    this.touched();
    if (this.gateway === 'lags') return;
    this.route.status.parents = [takenOver(this.route.metadata.generation)];
    this.touched();
  }

  touched(): void {
    this.route.metadata.resourceVersion = String(Number(this.route.metadata.resourceVersion) + 1);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', headers } = request;
    this.calls.push({ method, authorization: headers.authorization });
    const serve = () => this.#serve(request, response);
    const interruption = this.#interruption;
    if (interruption === undefined || (interruption.method ?? method) !== method) return serve();
    this.#interruption = undefined;
    interruption.handler(request, response, serve);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isKnown =
      request.headers.authorization === `Bearer ${this.token}` || (request.socket as TLSSocket).authorized === true;
    if (!isKnown) return refuse(response, 401);
    if (request.url !== PATH) return refuse(response, 404);
    if (request.method === 'PATCH') return this.#patch(request, response);
    if (request.method !== 'GET') return refuse(response, 405);
    sendJson(response, 200, this.route);
  }

  async #patch(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers['content-type'] !== 'application/json-patch+json') return refuse(response, 415);
    const patched = structuredClone(this.route) as unknown as Document;
    const operations = JSON.parse(await text(request)) as Operation[];
    if (!operations.every((operation) => apply(patched, operation))) return refuse(response, 422);
    const { spec } = patched as unknown as Route;
    const weights = spec.rules.flatMap(({ backendRefs }) => backendRefs.map(({ weight }) => weight));
    if (!weights.every((weight) => Number.isInteger(weight) && weight >= 0 && weight <= 1_000_000)) {
      return refuse(response, 422);
    }
    const isSame = isDeepStrictEqual(spec, this.route.spec);
    this.route.spec = spec;
    if (!isSame) {
      this.route.metadata.generation += 1;
      this.touched();
    }
    // The answer is the object as it was stored; what the gateway says of it comes after it.
    sendJson(response, 200, this.route);
    if (!isSame && this.gateway === 'takes over') {
      this.route.status.parents = [takenOver(this.route.metadata.generation)];
      this.touched();
    }
  }
}

/** The manifest as a server stores it. */
function stored(): Route {
  const { metadata, ...manifest } = parse(ROUTE) as Pick<Route, 'apiVersion' | 'kind' | 'metadata' | 'spec'>;
  return {
    ...manifest,
    metadata: {
      ...metadata,
      uid: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
      generation: 3,
      resourceVersion: '4711',
      managedFields: [],
    },
    status: { parents: [takenOver(3)] },
  };
}

/** What a gateway says of a generation that it has taken over. */
export function takenOver(generation: number): Parent {
  const said = (type: string) => ({ type, status: 'True', observedGeneration: generation, reason: type });
  return {
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' },
    controllerName: 'acme.example/gateway',
    conditions: [said('Accepted'), said('ResolvedRefs')],
  };
}

interface Operation {
  readonly op: 'test' | 'replace' | 'add' | 'remove';
  readonly path: string;
  readonly value?: Json;
}

/** One operation of RFC 6902; false when it cannot be carried out, which spoils the whole patch. */
function apply(document: Document, { op, path, value }: Operation): boolean {
  const members = path
    .split('/')
    .slice(1)
    .map((member) => member.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = members.pop();
  let parent: Json | undefined = document;
  for (const member of members) parent = isParent(parent) ? parent[member] : undefined;
  if (last === undefined || !isParent(parent) || value === undefined) return false;
  if (op === 'test') return isDeepStrictEqual(parent[last], value);
  if (op !== 'replace' || !Object.hasOwn(parent, last)) return false;
  parent[last] = value;
  return true;
}

/** Arrays have their elements under their indexes. */
function isParent(value: Json | undefined): value is Document {
  return typeof value === 'object' && value !== null;
}

function refuse(response: ServerResponse, code: number): void {
  sendJson(response, code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: LOQUACIOUS, code });
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
