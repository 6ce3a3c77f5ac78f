import type { MessageName } from './messages.ts';

/** The command that sends a message, ready to paste into a POSIX shell. */
export function signalCommand(workflowId: string, name: MessageName, body: object): string {
  const json = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return `temporal workflow signal --workflow-id ${workflowId} --name ${name} --input '${json}'`;
}
