import { Hono } from 'hono';
import type { SandboxApp, SandboxEnv, Wrap } from './http.ts';
import { timestamp } from './platform/ids.ts';

/** One page that reached the pager. */
export interface Page {
  readonly at: string;
  readonly body: string;
}

const KEPT_PAGES = 1000;

/** A stand-in for the pager's webhook, which keeps what it was sent. */
export class Pager {
  #pages: readonly Page[] = [];

  get pages(): readonly Page[] {
    return this.#pages;
  }

  app(wrap: Wrap): SandboxApp {
    const app = new Hono<SandboxEnv>();
    app.post('/pager', wrap('page'), async (context) => {
      const page = { at: timestamp(), body: await context.req.text() };
      this.#pages = [...this.#pages.slice(1 - KEPT_PAGES), page];
      return new Response(null, { status: 204 });
    });
    return app;
  }
}
