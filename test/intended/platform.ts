import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { type IntendedClient, type IntendedOptions, openIntendedClient } from '../../src/intended/client.ts';
import { type IntendedError, isIntendedError } from '../../src/intended/errors.ts';
import type { Intent } from '../../src/intended/wire/intents.ts';

export const TENANT = 'tenant_acme_prod';
export const KEY = 'key_CANARYkeyCANARY';

export const INTENT: Intent = {
  actor: { id: 'golive-probe:1', type: 'service' },
  targetSystem: 'golive/no-op',
  proposedAction: 'golive.probe.allow',
  riskContext: {
    baseRiskScore: 10,
    policyCompliant: true,
    requiresPrivilegedAccess: false,
    touchesProduction: false,
    containsSensitiveData: false,
    github: { owner: 'golive', repo: 'no-op', ref: 'refs/heads/main', workflowId: 'noop.yml' },
  },
};

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Handler = (response: ServerResponse, request: IncomingMessage) => void;

/** A server that answers as told and remembers what it was asked; gone when the test is over. */
export async function serve(handler: Handler) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      seen.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      handler(response, request);
    });
    // Clients that cut a connection are what many of these tests are about.
    response.on('error', () => undefined);
  });
  const baseUrl = await listen(server);
  return { baseUrl, seen };
}

/** Starts a server on a free port and stops it with the test. */
export async function listen(server: Server, scheme = 'http'): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function connect(baseUrl: string, options: Partial<IntendedOptions> = {}): IntendedClient {
  const client = openIntendedClient({ baseUrl, tenantId: TENANT, apiKey: KEY, timeoutMs: 5_000, ...options });
  onTestFinished(() => client.close());
  return client;
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Handler {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

export function text(status: number, body: string | Uint8Array, headers: Record<string, string> = {}): Handler {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<IntendedError> {
  try {
    await call;
  } catch (error) {
    if (isIntendedError(error)) return error;
    throw error;
  }
  throw new Error('the call was expected to fail');
}
