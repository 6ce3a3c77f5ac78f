import type { Ledger } from '../ledger.ts';
import type { Actor } from './audit.ts';
import type { Behaviour } from './behaviour.ts';
import type { ApiCredential, Scope } from './credentials.ts';
import type { Tenant, World } from './world.ts';

/** What the operations act on. */
export interface Platform {
  readonly world: World;
  readonly behaviour: Behaviour;
  readonly ledger: Ledger;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** One authenticated call, with its tenant and environment already checked against the key (D-09). */
export interface Call {
  readonly tenant: Tenant;
  readonly credential: ApiCredential;
  /** The credential that called, as audit events name it (D-20). */
  readonly actor: Actor;
  readonly body: unknown;
  /** A parameter of the path; the route guarantees that it is there. */
  readonly parameter: (name: string) => string;
  readonly query: (name: string) => string | undefined;
  readonly header: (name: string) => string | undefined;
}

/** One operation of the contract: where it lives, what it needs, what it does. */
export interface Operation {
  /** The contract's `operationId`. */
  readonly id: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly scope: Scope | 'any-key';
  /** Where the tenant must be named; wherever else it is named it must agree. */
  readonly tenantIn: readonly ('header' | 'query' | 'path')[];
  answer(call: Call, platform: Platform): Response | Promise<Response>;
}
