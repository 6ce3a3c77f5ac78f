import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, Hono, MiddlewareHandler } from 'hono';

/** What every app of the sandbox runs in: Node's own request and response are within reach of the faults. */
export type SandboxEnv = { Bindings: HttpBindings };
export type SandboxApp = Hono<SandboxEnv>;

/** Wraps the operation of this name, so that a fault can be put between it and its caller. */
export type Wrap = (operationId: string) => MiddlewareHandler<SandboxEnv>;

/** Ends the connection without a word. */
export function hangUp({ env }: Context<SandboxEnv>): Response {
  env.incoming.socket.destroy();
  return RESPONSE_ALREADY_SENT;
}
