import type { MessageName } from './messages.ts';

/** The command that sends a message, ready to paste into a POSIX shell. The id of a run is anybody's to choose. */
export function signalCommand(workflowId: string, name: MessageName, body: object): string {
  const input = quoted(JSON.stringify(body));
  return `temporal workflow signal --workflow-id ${shellWord(workflowId)} --name ${name} --input ${input}`;
}

/** The same in short lines, with the body on one of its own: into a dialog of the Temporal UI that line is pasted alone. */
export function signalBlock(workflowId: string, name: MessageName, body: object): string {
  const input = quoted(`\n${JSON.stringify(body)}\n`);
  return `temporal workflow signal --workflow-id ${shellWord(workflowId)} \\\n  --name ${name} --input ${input}`;
}

/** The command of ours that signs a decision and sends it, ready to paste: it asks for what it is not told. */
export function goliveCommand(workflowId: string, ...words: readonly string[]): string {
  return ['golive', ...words, '--workflow-id', workflowId].map(shellWord).join(' ');
}

/** One word for a POSIX shell, whatever it contains; plain words stay readable. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : quoted(text);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
