import type { Method } from '../http/ask.ts';

/**
 * What can go wrong with one call, by what the caller can do next. No error carries a header, a body, a key or a
 * `cause`: errors end up in workflow history, where their causes are written out word for word.
 */

/** Which call it was. */
export interface CallContext {
  readonly method: Method;
  /** The route's template such as `/tenants/{tenantId}/audit`; for health routes the service's name comes first. */
  readonly route: string;
  /** The platform's own id of the request, when an answer named one. */
  readonly requestId?: string | undefined;
}

/** One thing that did not fit: where, and what was expected there. Never what was received. */
export interface ShapeIssue {
  /** Such as `keys.0.alg`; empty for the answer as a whole. */
  readonly path: string;
  readonly expected: string;
}

abstract class CallError extends Error implements CallContext {
  abstract readonly kind: string;
  readonly method: Method;
  readonly route: string;
  readonly requestId: string | undefined;

  constructor({ method, route, requestId }: CallContext, what: string) {
    super(`${method} ${route}: ${what}`);
    this.method = method;
    this.route = route;
    this.requestId = requestId;
  }
}

/** Why there was no answer. Only `unreachable` means that the request certainly was not acted on. */
export type NoAnswerReason = 'unreachable' | 'untrusted-certificate' | 'connection-lost';

const NO_ANSWER: Readonly<Record<NoAnswerReason, string>> = {
  unreachable: 'no answer, the address cannot be reached',
  'untrusted-certificate': 'no answer, the TLS certificate or handshake was refused',
  'connection-lost': 'no answer, the connection was lost',
};

/** No complete answer came. A change may have taken effect unless the reason says otherwise: read back. */
export class NoAnswerError extends CallError {
  override readonly name = 'NoAnswerError';
  readonly kind = 'no-answer';
  readonly reason: NoAnswerReason;

  constructor(call: CallContext, reason: NoAnswerReason) {
    super(call, NO_ANSWER[reason]);
    this.reason = reason;
  }
}

/** The deadline passed first. A change may have taken effect: read back. */
export class LateError extends CallError {
  override readonly name = 'LateError';
  readonly kind = 'late';
  /** The deadline that passed, in milliseconds. */
  readonly timeoutMs: number;

  constructor(call: CallContext, timeoutMs: number) {
    super(call, `no complete answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/** The platform refused the call itself (4xx). Repeating it unchanged is pointless. */
export class RefusedError extends CallError {
  override readonly name = 'RefusedError';
  readonly kind = 'refused';
  readonly status: number;
  /** The platform's error code; undefined when the body was not the platform's error envelope. */
  readonly code: string | undefined;

  constructor(call: CallContext, { status, code }: { status: number; code: string | undefined }) {
    super(call, `refused with ${status}${code === undefined ? '' : ` ${code}`}`);
    this.status = status;
    this.code = code;
  }
}

/** Too many requests (429). Nothing happened; try again later. */
export class ThrottledError extends CallError {
  override readonly name = 'ThrottledError';
  readonly kind = 'throttled';
  readonly status = 429;
  /** What the platform asked for, bounded; undefined when it said nothing usable. */
  readonly retryAfterMs: number | undefined;

  constructor(call: CallContext, retryAfterMs: number | undefined) {
    super(call, `throttled${retryAfterMs === undefined ? '' : `, asked to wait ${retryAfterMs} ms`}`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The platform or something before it failed (5xx). A change may have taken effect: read back. */
export class UnavailableError extends CallError {
  override readonly name = 'UnavailableError';
  readonly kind = 'unavailable';
  readonly status: number;
  readonly code: string | undefined;
  /** What the platform asked for, bounded; undefined when it said nothing usable. */
  readonly retryAfterMs: number | undefined;

  constructor(
    call: CallContext,
    answer: { status: number; code: string | undefined; retryAfterMs: number | undefined },
  ) {
    super(call, `unavailable with ${answer.status}${answer.code === undefined ? '' : ` ${answer.code}`}`);
    this.status = answer.status;
    this.code = answer.code;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** An answer came that the contract does not know. A change may have taken effect; nothing may be concluded. */
export class SurprisingShapeError extends CallError {
  override readonly name = 'SurprisingShapeError';
  readonly kind = 'surprising-shape';
  /** The answer's status; undefined when not even that could be read. */
  readonly status: number | undefined;
  /** At least one. */
  readonly issues: readonly ShapeIssue[];

  constructor(call: CallContext, { status, issues }: { status: number | undefined; issues: readonly ShapeIssue[] }) {
    const told = issues.map(({ path, expected }) => (path === '' ? expected : `${path}: ${expected}`)).join('; ');
    super(call, `surprising answer${status === undefined ? '' : ` with ${status}`}, expected ${told}`);
    this.status = status;
    this.issues = issues;
  }
}

/** Every failure of a call. Switch on `kind`. */
export type IntendedError =
  NoAnswerError | LateError | RefusedError | ThrottledError | UnavailableError | SurprisingShapeError;

/** Tells a failed call from a mistake in our own code. */
export function isIntendedError(error: unknown): error is IntendedError {
  return error instanceof CallError;
}
