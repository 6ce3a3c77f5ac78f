export const ANA = 'ana@acme.example';
export const BEN = 'ben@acme.example';
export const CHI = 'chi@acme.example';
export const DEE = 'dee@acme.example';
export const EVE = 'eve@acme.example';

const FULL_WIDTH = 0xfe_e0;

const fullWidth = (text: string) =>
  text.replaceAll(/[a-z@.]/g, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + FULL_WIDTH));

/** The same account name as it is typed elsewhere: other case, space around it, other Unicode forms, unseen characters. */
export function otherSpellings(person: string): string[] {
  const unseen = person.replace('@', '\u200b@');
  return [person, person.toUpperCase(), ` ${person}\t`, fullWidth(person), fullWidth(person).toUpperCase(), unseen];
}
