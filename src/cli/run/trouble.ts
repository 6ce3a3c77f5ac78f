import {
  isGrpcDeadlineError,
  isGrpcServiceError,
  QueryNotRegisteredError,
  ServiceError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';

/** Where a call went. */
export interface Place {
  /** host:port */
  readonly address: string;
  readonly namespace: string;
}

/** No Temporal server or no worker answered in time. */
export class Unreachable extends CommandFailed {
  constructor(message: string) {
    super(message, EXIT.unreachable);
  }
}

/** Another workflow holds the id. */
export class AlreadyOpen extends CommandFailed {}

/** Codes of the transport, in words that say whose turn it is. */
const DENIED: readonly (number | undefined)[] = [7, 16];
const INVALID_ARGUMENT = 3;

/** What a failed call to Temporal means for the person at the command line, as one sentence and what to do next. */
export function troubleOf(error: unknown, { address, namespace }: Place, workflowId: string): CommandFailed {
  const cause = error instanceof ServiceError ? error.cause : error;
  const code = isGrpcServiceError(cause) ? cause.code : undefined;
  if (error instanceof CommandFailed) return error;
  if (error instanceof WorkflowExecutionAlreadyStartedError)
    return new AlreadyOpen(`${workflowId} is open already.`, EXIT.refused);
  if (error instanceof NamespaceNotFoundError)
    return new CommandFailed(
      `The Temporal server at ${address} has no namespace ${namespace}: set TEMPORAL_NAMESPACE or TEMPORAL_PROFILE.`,
    );
  if (error instanceof WorkflowNotFoundError)
    return new CommandFailed(
      /completed/.test(error.message)
        ? `${workflowId} has ended: nothing can be decided there any more. Where it was terminated, decide at its guardian: \`golive list\`.`
        : `There is no ${workflowId} in the namespace ${namespace} at ${address}: \`golive list --all\` shows what there is.`,
      EXIT.refused,
    );
  if (error instanceof QueryNotRegisteredError)
    return new CommandFailed(`${workflowId} does not say how it stands: it is no go-live.`);
  if (DENIED.includes(code))
    return new CommandFailed(
      `The Temporal server at ${address} does not let you into the namespace ${namespace}: check TEMPORAL_API_KEY, the certificates, or TEMPORAL_PROFILE.`,
    );
  if (isGrpcServiceError(cause) && cause.code === INVALID_ARGUMENT)
    return new CommandFailed(
      /search attribute/i.test(cause.details)
        ? `The namespace ${namespace} at ${address} does not know what a go-live is listed by: start a worker once, which says what to register.`
        : `The Temporal server at ${address} refused what it was asked of ${workflowId}: ${cause.details}`,
    );
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(cause))
    return new Unreachable(`${workflowId} did not answer in time.`);
  return new Unreachable(`The Temporal server at ${address} did not answer as expected; try again in a moment.`);
}
