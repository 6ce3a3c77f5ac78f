import { InvalidArgumentError, Option } from '@commander-js/extra-typings';

/** Which run is meant. A variable of a shell that was never set names none. */
export function workflowIdOption(otherwise: string) {
  return new Option('--workflow-id <id>', `default: ${otherwise}`).argParser(workflowIdIn);
}

function workflowIdIn(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError('It must not be blank: name the run, or leave the option out.');
}
