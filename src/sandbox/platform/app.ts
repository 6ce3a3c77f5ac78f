import { Hono } from 'hono';
import type { SandboxApp, SandboxEnv, Wrap } from '../http.ts';
import { authorize } from './access.ts';
import { healthy, serviceNamed, type Health } from './health.ts';
import type { Operation, Platform } from './operation.ts';
import { adminOperations } from './routes/admin.ts';
import { auditOperations } from './routes/audit.ts';
import { emergencyOperations } from './routes/emergency.ts';
import { exportOperations } from './routes/exports.ts';
import { intentOperations } from './routes/intents.ts';
import { policyOperations } from './routes/policy.ts';
import { tokenOperations } from './routes/tokens.ts';

const OPERATIONS: readonly Operation[] = [
  ...intentOperations,
  ...tokenOperations,
  ...auditOperations,
  ...exportOperations,
  ...policyOperations,
  ...emergencyOperations,
  ...adminOperations,
];

/** Every operation of the platform's contract, as one app. */
export function platformApp(platform: Platform, wrap: Wrap): SandboxApp {
  const app = new Hono<SandboxEnv>();
  for (const operation of OPERATIONS) {
    app.on(operation.method, operation.path, wrap(operation.id), async (context) => {
      const call = await authorize(context.req, operation, platform.world);
      return operation.answer(call, platform);
    });
  }
  addHealth(app, platform, wrap);
  return app;
}

/** The health routes live at each service's own base URL and need no key (D-16). */
function addHealth(app: SandboxApp, { behaviour, startedAt }: Platform, wrap: Wrap): void {
  const healthOf = (service: string): Health => behaviour.health(serviceNamed(service), healthy(startedAt));
  app.get('/services/:service/health', wrap('getServiceHealth'), (context) => {
    const health = healthOf(context.req.param('service'));
    return Response.json(health, { status: health.status === 'unavailable' ? 503 : 200 });
  });
  app.get('/services/:service/healthz', wrap('getServiceLiveness'), (context) => {
    const alive = healthOf(context.req.param('service')).status !== 'unavailable';
    return Response.json({ status: alive ? 'ok' : 'fail' }, { status: alive ? 200 : 503 });
  });
  app.get('/services/:service/readyz', wrap('getServiceReadiness'), (context) => {
    const { status, checks } = healthOf(context.req.param('service'));
    const ready = status === 'healthy';
    return Response.json({ status: ready ? 'ready' : 'not_ready', checks }, { status: ready ? 200 : 503 });
  });
}
