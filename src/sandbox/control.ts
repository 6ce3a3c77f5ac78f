import { Hono } from 'hono';
import type { CallFaults } from './faults/call-faults.ts';
import { faultSchema, type Fault, type FaultWish } from './faults/fault.ts';
import type { WorldFaults } from './faults/world-faults.ts';
import type { SandboxApp, SandboxEnv } from './http.ts';
import type { Effect, Ledger } from './ledger.ts';
import type { Page } from './pager.ts';
import { bearerToken } from './platform/access.ts';
import type { EmergencyState } from './platform/emergency.ts';
import { newId } from './platform/ids.ts';
import type { PolicyPack } from './platform/policies.ts';
import type { ShareState } from './router/share.ts';

/** The world at a glance, for tests and for people who debug. */
export interface SandboxState {
  readonly share: ShareState;
  readonly tenants: readonly {
    readonly id: string;
    readonly emergency: EmergencyState;
    readonly packs: readonly PolicyPack[];
    readonly auditEvents: number;
  }[];
  readonly traffic: { readonly inFlight: number; readonly dropped: number };
  readonly pages: readonly Page[];
  /** How many callers followed a redirect. */
  readonly redirectsFollowed: number;
}

export interface ControlParts {
  readonly callFaults: CallFaults;
  readonly worldFaults: WorldFaults;
  readonly ledger: Ledger;
  readonly state: () => SandboxState;
}

/** Arms and disarms faults, and shows what really happened. */
export class Control {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** The id to disarm it by. Throws for a fault that the schema or the operations do not know. */
  arm(wish: FaultWish): string {
    const fault = faultSchema.parse(wish);
    const id = newId('fault');
    if (fault.kind === 'call') this.#parts.callFaults.arm(id, fault);
    else this.#parts.worldFaults.arm(id, fault);
    return id;
  }

  disarm(id: string): void {
    this.#parts.callFaults.disarm(id);
    this.#parts.worldFaults.disarm(id);
  }

  disarmAll(): void {
    for (const { id } of this.armed()) this.disarm(id);
  }

  /** A call fault leaves this list when it has struck often enough. */
  armed(): readonly { readonly id: string; readonly fault: Fault }[] {
    return [...this.#parts.worldFaults.list(), ...this.#parts.callFaults.list()];
  }

  ledger(): readonly Effect[] {
    return this.#parts.ledger.effects;
  }

  state(): SandboxState {
    return this.#parts.state();
  }
}

/** The same over HTTP, behind its own token. */
export function controlApp(control: Control, token: string): SandboxApp {
  const app = new Hono<SandboxEnv>();
  app.use('/control/*', async (context, next) => {
    if (bearerToken(context.req.header('authorization')) === token) return next();
    return Response.json({ error: { message: 'The control token is missing or wrong.' } }, { status: 401 });
  });
  app.get('/control/state', () => Response.json(control.state()));
  app.get('/control/ledger', () => Response.json({ effects: control.ledger() }));
  app.get('/control/faults', () => Response.json({ faults: control.armed() }));
  app.post('/control/faults', async (context) => {
    const wish = faultSchema.safeParse(await context.req.json().catch(() => undefined));
    if (!wish.success) return badFault(wish.error.message);
    try {
      return Response.json({ id: control.arm(wish.data) }, { status: 201 });
    } catch (error) {
      return badFault(error instanceof Error ? error.message : 'This fault cannot be armed.');
    }
  });
  app.delete('/control/faults/:id', (context) => {
    control.disarm(context.req.param('id'));
    return new Response(null, { status: 204 });
  });
  app.delete('/control/faults', () => {
    control.disarmAll();
    return new Response(null, { status: 204 });
  });
  return app;
}

function badFault(message: string): Response {
  return Response.json({ error: { message } }, { status: 400 });
}
