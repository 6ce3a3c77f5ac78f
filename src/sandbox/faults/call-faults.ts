import type { HonoRequest } from 'hono';
import type { Wrap } from '../http.ts';
import { bearerToken } from '../platform/access.ts';
import { inflict } from './effects.ts';
import type { CallFault } from './fault.ts';

interface Armed {
  readonly id: string;
  readonly fault: CallFault;
  left: number;
}

/** The faults of single calls that are armed now; the oldest that fits a call strikes it. */
export class CallFaults {
  readonly #routerKey: string;
  readonly #operations = new Set<string>();
  #armed: readonly Armed[] = [];

  /** `routerKey` is the API key by which the router's own traffic is told apart. */
  constructor(routerKey: string) {
    this.#routerKey = routerKey;
  }

  /** Refuses an operation that nothing answers: a fault that can never strike would prove nothing. */
  arm(id: string, fault: CallFault): void {
    if (!this.#operations.has(fault.operationId)) throw new Error(`There is no operation "${fault.operationId}".`);
    const left = fault.times === 'always' ? Infinity : fault.times;
    this.#armed = [...this.#armed, { id, fault, left }];
  }

  disarm(id: string): void {
    this.#armed = this.#armed.filter((armed) => armed.id !== id);
  }

  list(): { readonly id: string; readonly fault: CallFault }[] {
    return this.#armed.map(({ id, fault }) => ({ id, fault }));
  }

  readonly wrap: Wrap = (operationId) => {
    this.#operations.add(operationId);
    return async (context, next) => {
      const fault = this.#take(operationId, context.req);
      return fault === undefined ? next() : inflict(fault.effect, context, next);
    };
  };

  #take(operationId: string, request: HonoRequest): CallFault | undefined {
    const armed = this.#armed.find(({ fault }) => fault.operationId === operationId && this.#concerns(fault, request));
    if (armed === undefined) return undefined;
    armed.left -= 1;
    if (armed.left <= 0) this.disarm(armed.id);
    return armed.fault;
  }

  #concerns({ path, caller }: CallFault, request: HonoRequest): boolean {
    const router = bearerToken(request.header('authorization')) === this.#routerKey;
    return (
      (path === undefined || request.path.includes(path)) && (caller === 'anyone' || (caller === 'router') === router)
    );
  }
}
