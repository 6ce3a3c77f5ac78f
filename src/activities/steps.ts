/** Repetitions of a step differ in the generation at the end of their keys; what one began another may take back. */
export function isSameStep(reason: string, key: string): boolean {
  return reason.startsWith(key.slice(0, key.lastIndexOf(':') + 1));
}

/** The same for every step of a run: its release and the end of its first run id stand before the step. */
export function isSameRun(reason: string, key: string): boolean {
  return reason.startsWith(key.split(':').slice(0, 3).join(':') + ':');
}
