import { newId } from './ids.ts';

/** The error codes of the contract that this platform uses. */
export type RefusalCode =
  | 'INVALID_API_KEY'
  | 'INSUFFICIENT_PERMISSIONS'
  | 'INTENT_VALIDATION_FAILED'
  | 'VALIDATION_FAILED'
  | 'VERIFY_KEY_NOT_FOUND'
  | 'VERIFY_PUBLIC_KEY_MISMATCH'
  | 'VERIFY_TENANT_REQUIRED'
  | 'TENANT_REQUIRED'
  | 'TENANT_MISMATCH'
  | 'NOT_FOUND'
  | 'POLICY_VERSION_ALREADY_ACTIVE'
  | 'POLICY_VERSION_NOT_ELIGIBLE'
  | 'EXPORT_NOT_READY'
  | 'RATE_LIMITED'
  | 'INTERNAL_ERROR'
  | 'SERVICE_UNAVAILABLE';

export interface ErrorEnvelope {
  readonly error: {
    readonly code: RefusalCode;
    readonly message: string;
    readonly details?: Record<string, unknown>;
    readonly request_id: string;
  };
}

/** The one error body of this surface. */
export function errorEnvelope(code: RefusalCode, message: string, details?: Record<string, unknown>): ErrorEnvelope {
  return { error: { code, message, ...(details === undefined ? {} : { details }), request_id: newId('req') } };
}

/** A call that the platform refuses: thrown anywhere in it, answered as the contract's error envelope. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly details: Record<string, unknown> | undefined;

  constructor(status: number, code: RefusalCode, message: string, details?: Record<string, unknown>) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

/** 404 for a thing that this tenant and environment does not have. */
export function notFound(what: string): Refusal {
  return new Refusal(404, 'NOT_FOUND', `There is no such ${what}.`);
}
