/** What the commands to paste leave to be filled in. */
export const PLACEHOLDERS = { by: 'you', statement: '…', reason: '…', evidence: 'https://…' } as const;

/** The fields of a message in which that was forgotten: a decision by "you" would be nobody's. */
export function leftToFillIn(body: object): readonly string[] {
  return Object.entries(body).flatMap(([field, value]) =>
    Object.entries(PLACEHOLDERS).some(([name, left]) => name === field && left === value) ? [field] : [],
  );
}
