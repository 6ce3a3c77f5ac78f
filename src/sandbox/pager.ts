import { Hono } from 'hono';
import { z } from 'zod';
import type { SandboxApp, SandboxEnv, Wrap } from './http.ts';
import { timestamp } from './platform/ids.ts';

/** One page that reached the pager. */
export interface Page {
  readonly at: string;
  readonly to: 'webhook' | 'pagerduty';
  readonly body: string;
}

const KEPT_PAGES = 1000;

/** An event as PagerDuty's Events API v2 accepts it. */
const event = z.discriminatedUnion('event_action', [
  z.strictObject({
    routing_key: z.string(),
    event_action: z.literal('trigger'),
    dedup_key: z.string().max(255).optional(),
    client: z.string().optional(),
    client_url: z.url().optional(),
    links: z.array(z.strictObject({ href: z.url(), text: z.string().optional() })).optional(),
    payload: z.strictObject({
      summary: z.string().max(1024),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
      source: z.string(),
      group: z.string().optional(),
      custom_details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
  z.strictObject({
    routing_key: z.string(),
    event_action: z.enum(['acknowledge', 'resolve']),
    dedup_key: z.string().max(255),
  }),
]);

/** A stand-in for a webhook and for PagerDuty, which keeps what it was sent. */
export class Pager {
  readonly #routingKey: string;
  #pages: readonly Page[] = [];

  constructor(routingKey: string) {
    this.#routingKey = routingKey;
  }

  get pages(): readonly Page[] {
    return this.#pages;
  }

  app(wrap: Wrap): SandboxApp {
    const app = new Hono<SandboxEnv>();
    app.post('/pager', wrap('page'), async (context) => {
      this.#keep('webhook', await context.req.text());
      return new Response(null, { status: 204 });
    });
    app.post('/pagerduty/v2/enqueue', wrap('enqueueEvent'), async (context) => this.#enqueue(await context.req.text()));
    return app;
  }

  #enqueue(body: string): Response {
    const sent = event.safeParse(parseJson(body));
    if (!sent.success) return invalid(sent.error.issues.map(({ message }) => message));
    const { routing_key: routingKey, dedup_key: key = 'none' } = sent.data;
    if (routingKey !== this.#routingKey) return invalid(['Invalid routing key']);
    this.#keep('pagerduty', body);
    return Response.json({ status: 'success', message: 'Event processed', dedup_key: key }, { status: 202 });
  }

  #keep(to: Page['to'], body: string): void {
    this.#pages = [...this.#pages.slice(1 - KEPT_PAGES), { at: timestamp(), to, body }];
  }
}

function invalid(errors: readonly string[]): Response {
  return Response.json({ status: 'invalid event', message: 'Event object is invalid', errors }, { status: 400 });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
