/** A person as the tenant and the approvers' issuer know them, usually an e-mail address. */
export type Person = string;

/**
 * One person, one key: an account name in other case or in another Unicode form is still the same person.
 * Used wherever people are compared or counted.
 */
export function personKey(person: Person): string {
  return person.normalize('NFKC').trim().toLowerCase();
}
