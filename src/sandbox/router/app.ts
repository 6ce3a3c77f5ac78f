import { Hono } from 'hono';
import { z } from 'zod';
import { hangUp, type SandboxApp, type SandboxEnv, type Wrap } from '../http.ts';
import { bearerToken } from '../platform/access.ts';
import type { Behaviour } from '../platform/behaviour.ts';
import { CONTENT_TYPES, type RouterMetrics } from './metrics.ts';
import type { Share, ShareState } from './share.ts';

export interface Router {
  readonly share: Share;
  readonly metrics: RouterMetrics;
  readonly behaviour: Behaviour;
  /** What the share route asks for. */
  readonly token: string;
}

const wish = z.object({
  percent: z.number().min(0).max(100),
  ttl: z.number().positive().optional(),
  reason: z.string().optional(),
});

/** The share of the `http` traffic adapter's contract, and the metrics that a scrape reads. */
export function routerApp({ share, metrics, behaviour, token }: Router, wrap: Wrap): SandboxApp {
  const app = new Hono<SandboxEnv>();

  app.use('/router/share', async (context, next) => {
    if (bearerToken(context.req.header('authorization')) === token) return next();
    return problem(401, 'The bearer token is missing or wrong.');
  });
  app.get('/router/share', wrap('getShare'), () => shareAnswer(share.state));
  app.put('/router/share', wrap('putShare'), async (context) => {
    const version = /^(?:W\/)?"?([^"]*)"?$/.exec(context.req.header('if-match') ?? '')?.[1] ?? '';
    if (version === '') return problem(428, 'If-Match with the version last read is needed.');
    const body = wish.safeParse(await context.req.json().catch(() => undefined));
    if (!body.success) return problem(400, 'percent must be a number between 0 and 100.');
    const state = share.compareAndSet(version, { ...body.data, actor: 'router-token' });
    return state === 'conflict' ? problem(412, 'The share was moved since this version was read.') : shareAnswer(state);
  });

  app.get('/router/metrics', wrap('getMetrics'), (context) => {
    const wanted = context.req.header('accept')?.includes('application/openmetrics-text') ?? false;
    const format = wanted ? 'openmetrics' : 'prometheus';
    const page = behaviour.exposition(metrics, format);
    if (page === undefined) return hangUp(context);
    return new Response(page, { headers: { 'content-type': CONTENT_TYPES[format] } });
  });
  return app;
}

function shareAnswer(state: ShareState): Response {
  return Response.json(state, { headers: { etag: `"${state.version}"` } });
}

function problem(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}
