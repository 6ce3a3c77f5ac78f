/** A person as the tenant and the approvers' issuer know them, usually an e-mail address. */
export type Person = string;

/** Characters that nobody sees: control and format characters, such as a space of no width. */
const INVISIBLE = /[\p{Cc}\p{Cf}]/gu;

/**
 * One person, one key: an account name in other case, in another Unicode form or with invisible characters is still the
 * same person.
 * Used wherever people are compared or counted.
 */
export function personKey(person: Person): string {
  return person.normalize('NFKC').replaceAll(INVISIBLE, '').trim().toLowerCase();
}
