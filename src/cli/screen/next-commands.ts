import { shellWord } from '../../domain/commands.ts';
import type { Progress, Waiting } from '../../domain/run.ts';

/** The commands that supply what a run waits for, each once. `workflowId`: when the run has to be named. */
export function nextCommands({ waitingFor }: Pick<Progress, 'waitingFor'>, workflowId: string | undefined): string[] {
  const named = workflowId === undefined ? [] : ['--workflow-id', workflowId];
  const commands = waitingFor.map((waiting) => ['golive', ...wordsFor(waiting), ...named].map(shellWord).join(' '));
  return [...new Set(commands)];
}

function wordsFor({ kind, what }: Waiting): string[] {
  switch (kind) {
    case 'approval':
      return ['approve', what];
    case 'attestation':
      return ['attest'];
    case 'review':
      return ['review'];
    case 'recheck':
      return ['recheck'];
    case 'hands':
      return ['retry-rollback'];
    case 'resume':
      return ['resume'];
  }
}
