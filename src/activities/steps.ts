/** Repetitions of a step differ in the generation at the end of their keys; what one began another may take back. */
export function isSameStep(reason: string, key: string): boolean {
  return reason.startsWith(key.slice(0, key.lastIndexOf(':') + 1));
}
