import type { WorkflowHandle } from '@temporalio/client';
import type { MessageName } from '../../domain/messages.ts';
import type { Answer } from '../../domain/receive.ts';
import type { Progress } from '../../domain/run.ts';
import { explainSilence, type Server } from './server.ts';
import { readStartedPlan, type StartedPlan } from './started-plan.ts';
import { Unreachable } from './trouble.ts';

/**
 * The line to one go-live: how it stands, what it was started with, and what is said to it. Everything on it fails with a
 * sentence for people, as a `CommandFailed`.
 */
export interface RunLine {
  readonly workflowId: string;
  progress(): Promise<Progress>;
  /** The plan as it was handed in; null where its text cannot be read here. */
  startedPlan(): Promise<StartedPlan | null>;
  /** Sends a message as an update. Whatever is sent twice under one id counts once. */
  send(name: MessageName, body: object, updateId: string): Promise<Answer>;
}

/** A signed decision is answered once its signature was verified, for which keys may have to be fetched. */
const HEARD_WITHIN_MS = 30_000;

/** The line to a workflow on a server that answers. */
export function openLine(server: Server, workflowId: string): RunLine {
  const handle: WorkflowHandle = server.client.workflow.getHandle(workflowId);
  const call = async <T>(act: () => Promise<T>, within?: number): Promise<T> => {
    try {
      return await server.call(workflowId, act, within);
    } catch (error) {
      if (error instanceof Unreachable) throw new Unreachable(await explainSilence(server));
      throw error;
    }
  };
  return {
    workflowId,
    progress: () => call(() => handle.query<Progress>('progress')),
    startedPlan: () => call(() => readStartedPlan(server.client, workflowId)),
    send: (name, body, updateId) =>
      call(() => handle.executeUpdate<Answer, [object]>(name, { args: [body], updateId }), HEARD_WITHIN_MS),
  };
}
