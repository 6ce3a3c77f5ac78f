import { safeAddress } from '../domain/address.ts';
import { type Answer, judge, type Reading } from './answer.ts';
import { expandPath, type OperationId, type PathOverrides, resolvePaths, ROUTES } from './routes.ts';
import { openTransport, type RawAnswer } from './transport.ts';

/** Where a platform is and who calls it. */
export interface ClientOptions {
  /** The API's address, `https:`; plain `http:` only to this machine. */
  readonly baseUrl: string;
  readonly tenantId: string;
  /** Sent as a bearer key to `baseUrl` and nowhere else; null sends none, to see that it is refused. */
  readonly apiKey: string | null;
  /** Base addresses of the runtime services, by the names the health calls use. They never see the key. */
  readonly services?: Readonly<Record<string, string>> | undefined;
  readonly paths?: PathOverrides | undefined;
  /** The deadline of a whole call in milliseconds, unless the call says otherwise; 10,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** PEM of a private certificate authority, trusted beside the public ones. */
  readonly certificateAuthority?: string | undefined;
  /** Open connections at one time to each address; 8 by default. */
  readonly connections?: number | undefined;
}

/** What one call may say about itself. */
export interface CallOptions {
  /** Ends the call early; the call then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the whole call in milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** One call of one operation. */
export interface CallRequest<Value> {
  readonly operation: OperationId;
  /** Set on health calls: goes to that service, without the key. */
  readonly service?: string | undefined;
  readonly path?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined;
  readonly body?: object | undefined;
  /** The statuses whose body can be an answer; 200 by default. */
  readonly statuses?: readonly number[] | undefined;
  /** In bytes; 1 MiB by default. */
  readonly largestBody?: number | undefined;
  readonly read: (raw: RawAnswer) => Reading<Value>;
}

export interface Caller {
  /** One attempt. Throws an `IntendedError`, the reason of the caller's own signal, or a TypeError for a wrong argument. */
  call<Value>(request: CallRequest<Value>, options?: CallOptions): Promise<Answer<Value>>;
  close(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const LARGEST_TIMEOUT_MS = 2 ** 31 - 1;
const DEFAULT_LARGEST_BODY = 1_048_576;
const DEFAULT_CONNECTIONS = 8;

/** Checks the options and opens connections lazily. Throws a TypeError that names the wrong option, never its value. */
export function openCaller(options: ClientOptions): Caller {
  const { tenantId, apiKey } = options;
  if (!/^[\x21-\x7e]{1,200}$/.test(tenantId)) throw new TypeError('tenantId: cannot be sent in a header');
  if (apiKey !== null && !/^[\x21-\x7e]{1,4096}$/.test(apiKey))
    throw new TypeError('apiKey: cannot be sent in a header');
  const api = baseOf('baseUrl', options.baseUrl);
  const services = new Map(Object.entries(options.services ?? {}).map(([name, url]) => [name, baseOf(name, url)]));
  const paths = resolvePaths(options.paths ?? {});
  const defaultTimeoutMs = checkedTimeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const transport = openTransport({
    connections: options.connections ?? DEFAULT_CONNECTIONS,
    connectTimeoutMs: defaultTimeoutMs,
    certificateAuthority: options.certificateAuthority,
  });

  const addressOf = ({ operation, service, path = {}, query = {} }: CallRequest<unknown>) => {
    const base = service === undefined ? api : services.get(service);
    if (base === undefined) throw new TypeError(`services: "${service}" has no address`);
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
    const suffix = search.size === 0 ? '' : `?${search.toString()}`;
    return `${base}${expandPath(paths[operation], { ...path, tenantId })}${suffix}`;
  };

  const call: Caller['call'] = async (request, { signal, timeoutMs = defaultTimeoutMs } = {}) => {
    const { operation, service, body, statuses = [200], largestBody = DEFAULT_LARGEST_BODY, read } = request;
    const context = {
      method: ROUTES[operation].method,
      route: service === undefined ? paths[operation] : `${service} ${paths[operation]}`,
    };
    const credential = service === undefined ? apiKey : null;
    const raw = await transport.exchange({
      call: context,
      url: addressOf(request),
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'x-tenant-id': tenantId,
        ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      largestBody,
      timeoutMs: checkedTimeout(timeoutMs),
      signal,
    });
    return judge(raw, { call: context, statuses, read, credential: apiKey });
  };
  return { call, close: () => transport.close() };
}

/**
 * An address without its trailing slash.
 * @throws {TypeError} that names the option, and never the address
 */
export function baseOf(name: string, address: string): string {
  const url = safeAddress(name, address);
  if (url.search !== '' || url.hash !== '')
    throw new TypeError(`${name}: must be an address without query and fragment`);
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function checkedTimeout(milliseconds: number): number {
  if (milliseconds >= 1 && milliseconds <= LARGEST_TIMEOUT_MS) return Math.ceil(milliseconds);
  throw new TypeError('timeoutMs: must be at least 1 and fit a timer');
}
