import { randomBytes } from 'node:crypto';
import { createServer, Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { Control, controlApp, type SandboxState } from './control.ts';
import { CallFaults } from './faults/call-faults.ts';
import { ELSEWHERE } from './faults/effects.ts';
import type { FaultWish } from './faults/fault.ts';
import { WorldFaults } from './faults/world-faults.ts';
import type { SandboxApp, SandboxEnv } from './http.ts';
import { Ledger } from './ledger.ts';
import { monitoringApp } from './monitoring.ts';
import { Pager } from './pager.ts';
import { platformApp } from './platform/app.ts';
import type { Member } from './platform/members.ts';
import { errorEnvelope, Refusal } from './platform/refusal.ts';
import { createWorld, PRODUCTION, type ApiKeys, type World } from './platform/world.ts';
import { routerApp } from './router/app.ts';
import { RouterMetrics } from './router/metrics.ts';
import { Share } from './router/share.ts';
import { Traffic } from './router/traffic.ts';

export interface SandboxOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** Evaluated requests a second, on the average, whenever the share is above zero. */
  readonly rate?: number;
  /** Seconds of a day of the callers, who come and go by the time of day: a minute unless it says otherwise. */
  readonly day?: number;
  /** The same seed gives the same traffic. */
  readonly seed?: string;
  readonly faults?: readonly FaultWish[];
  /** Who is a member of both tenants; the people of the example plan without it. */
  readonly members?: readonly Member[];
}

/** What callers need to know and nobody else may. */
export interface SandboxSecrets extends ApiKeys {
  readonly router: string;
  readonly monitoring: string;
  /** The integration key of its PagerDuty. */
  readonly pager: string;
  readonly control: string;
  /** What stands in the tokens of production, and nowhere else. */
  readonly memo: string;
}

/** A running platform with a router and its traffic, on one loopback port. */
export interface Sandbox {
  readonly url: string;
  readonly secrets: SandboxSecrets;
  readonly control: Control;
  /** Ends traffic, connections and server at once. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const DEFAULT_RATE = 250;
const A_MINUTE = 60;
const MOST_BODY_BYTES = 1_048_576;
const SERVER_OPTIONS = { headersTimeout: 10_000, requestTimeout: 30_000 };

/** Starts everything and resolves when it listens. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, rate = DEFAULT_RATE, seed = 'sandbox', faults = [], members } = options;
  const day = (options.day ?? A_MINUTE) * 1000;
  const startedAt = Date.now();
  const world = await createWorld(members);
  const ledger = new Ledger();
  const share = new Share(ledger);
  const metrics = new RouterMetrics(PRODUCTION.tenantId, startedAt);
  const secrets = secretsOf(world);
  const pager = new Pager(secrets.pager);
  const callFaults = new CallFaults(secrets.agents);
  const worldFaults = new WorldFaults({ world, share, ledger, day });
  const { wrap } = callFaults;
  const { behaviour } = worldFaults;
  const redirects = countRedirects();
  let url = '';
  let traffic: Traffic | undefined;

  const state = (): SandboxState => ({
    share: share.state,
    tenants: [world.production, world.staging].map(({ id, emergency, policies, audit }) => ({
      id,
      emergency: emergency.state(),
      packs: policies.packs(),
      auditEvents: audit.events.length,
    })),
    traffic: { inFlight: traffic?.inFlight ?? 0, dropped: traffic?.dropped ?? 0 },
    pages: pager.pages,
    redirectsFollowed: redirects.count(),
  });
  const control = new Control({ callFaults, worldFaults, ledger, state });

  const app = assemble([
    platformApp({ world, behaviour, ledger, startedAt }, wrap),
    routerApp({ share, metrics, behaviour, token: secrets.router }, wrap),
    monitoringApp({ behaviour, token: secrets.monitoring, origin: () => url }, wrap),
    pager.app(wrap),
    redirects.app,
    controlApp(control, secrets.control),
  ]);
  for (const fault of faults) control.arm(fault);

  const server = await listen(app, port);
  url = addressOf(server);
  const { tenantId } = PRODUCTION;
  traffic = new Traffic({ platformUrl: url, tenantId, apiKey: secrets.agents, share, metrics, rate, day, seed });
  traffic.start();

  return { url, secrets, control, close };

  async function close() {
    share.release();
    await traffic?.stop();
    await closeServer(server);
  }
}

function assemble(apps: readonly SandboxApp[]): SandboxApp {
  const app = new Hono<SandboxEnv>();
  app.use(bodyLimit({ maxSize: MOST_BODY_BYTES, onError: () => tooLarge() }));
  for (const part of apps) app.route('/', part);
  app.notFound(() => Response.json(errorEnvelope('NOT_FOUND', 'There is no such route.'), { status: 404 }));
  app.onError((error) => {
    if (!(error instanceof Refusal)) {
      return Response.json(errorEnvelope('INTERNAL_ERROR', 'The sandbox failed.'), { status: 500 });
    }
    const { status, code, message, details } = error;
    return Response.json(errorEnvelope(code, message, details), { status });
  });
  return app;
}

function tooLarge(): Response {
  return Response.json(errorEnvelope('VALIDATION_FAILED', 'The body is larger than 1 MiB.'), { status: 413 });
}

function countRedirects() {
  const app = new Hono<SandboxEnv>();
  let followed = 0;
  app.all(ELSEWHERE, () => {
    followed += 1;
    return Response.json({});
  });
  return { app, count: () => followed };
}

async function listen(app: SandboxApp, port: number): Promise<Server> {
  const server = createAdaptorServer({ fetch: app.fetch, createServer, serverOptions: SERVER_OPTIONS });
  if (!(server instanceof Server)) throw new Error('The sandbox needs a plain HTTP server.');
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, resolve);
  });
  return server;
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox has no port.');
  return `http://${HOST}:${address.port}`;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function secretsOf({ apiKeys, production: { memo } }: World): SandboxSecrets {
  const [router, monitoring, pager, control] = [newToken(), newToken(), newToken(), newToken()];
  return { ...apiKeys, router, monitoring, pager, control, memo };
}

function newToken(): string {
  return randomBytes(24).toString('base64url');
}
