import type { Actor } from './audit.ts';
import { timestamp } from './ids.ts';
import { notFound, Refusal } from './refusal.ts';

export const EMERGENCY_ACTIONS = [
  'tenant_halt',
  'tenant_resume',
  'environment_halt',
  'environment_resume',
  'connector_pause',
  'connector_resume',
  'token_revoke',
] as const;
export type EmergencyAction = (typeof EMERGENCY_ACTIONS)[number];

/** The one connector of the sandbox; it executes nothing. */
export const ADAPTER_ID = 'github-actions-adapter';

/** Why nothing is evaluated: the `detail` of a fail-closed denial (D-04). */
export type Obstacle = 'tenant_halted' | 'environment_halted' | 'connector_paused';

export interface EmergencyRequest {
  readonly action: EmergencyAction;
  readonly actor: Actor;
  readonly reason: string;
  readonly environmentKey: string | null;
  readonly targetRef: string | null;
}

interface LastChange extends EmergencyRequest {
  readonly at: string;
}

/** The contract's `EmergencyState`. */
export interface EmergencyState {
  readonly tenantId: string;
  readonly halted: boolean;
  readonly environments: readonly { readonly environmentKey: string; readonly halted: boolean }[];
  readonly connectorsPaused: readonly string[];
  readonly lastChange: LastChange | null;
}

/** The kill switch and its companions of one tenant. The switches are independent of each other. */
export class EmergencyControls {
  readonly #tenantId: string;
  readonly #environmentKey: string;
  readonly #revokeCredential: (id: string, actor: Actor, reason: string) => boolean;
  #tenantHalted = false;
  #environmentHalted = false;
  #connectorPaused = false;
  #lastChange: LastChange | null = null;

  constructor(
    tenantId: string,
    environmentKey: string,
    revokeCredential: (id: string, actor: Actor, reason: string) => boolean,
  ) {
    this.#tenantId = tenantId;
    this.#environmentKey = environmentKey;
    this.#revokeCredential = revokeCredential;
  }

  state(): EmergencyState {
    return {
      tenantId: this.#tenantId,
      halted: this.#tenantHalted,
      environments: [{ environmentKey: this.#environmentKey, halted: this.#environmentHalted }],
      connectorsPaused: this.#connectorPaused ? [ADAPTER_ID] : [],
      lastChange: this.#lastChange,
    };
  }

  /** What keeps intents from being evaluated, or `undefined`. */
  obstacle(): Obstacle | undefined {
    if (this.#tenantHalted) return 'tenant_halted';
    if (this.#environmentHalted) return 'environment_halted';
    return this.#connectorPaused ? 'connector_paused' : undefined;
  }

  /** In force when it returns (D-05); says whether it changed anything (D-10). 400 or 404 for an incomplete request. */
  apply(request: EmergencyRequest): boolean {
    const changed = this.#throw(request);
    if (changed) this.#lastChange = { ...request, at: timestamp() };
    return changed;
  }

  #throw(request: EmergencyRequest): boolean {
    const before = [this.#tenantHalted, this.#environmentHalted, this.#connectorPaused];
    switch (request.action) {
      case 'tenant_halt':
      case 'tenant_resume':
        this.#tenantHalted = request.action === 'tenant_halt';
        break;
      case 'environment_halt':
      case 'environment_resume':
        if (request.environmentKey === null) throw missing('environmentKey');
        this.#environmentHalted = request.action === 'environment_halt';
        break;
      case 'connector_pause':
      case 'connector_resume':
        if (request.targetRef === null) throw missing('targetRef');
        if (request.targetRef !== ADAPTER_ID) throw notFound('connector');
        this.#connectorPaused = request.action === 'connector_pause';
        break;
      case 'token_revoke':
        if (request.targetRef === null) throw missing('targetRef');
        return this.#revokeCredential(request.targetRef, request.actor, request.reason);
    }
    return before.join() !== [this.#tenantHalted, this.#environmentHalted, this.#connectorPaused].join();
  }
}

function missing(field: string): Refusal {
  return new Refusal(400, 'VALIDATION_FAILED', `This action needs ${field}.`, { field });
}
