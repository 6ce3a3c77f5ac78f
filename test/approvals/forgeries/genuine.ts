import type { KeyObject } from 'node:crypto';
import fc from 'fast-check';
import type { MessageName } from '../../../src/domain/messages.ts';
import { encoded, tokenOf, type CLAIMS, type HEADER } from '../signed.ts';

export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/** A decision that would count, and the key that its person signs with. */
export interface Genuine {
  readonly name: MessageName;
  readonly claims: Omit<typeof CLAIMS, 'decision'> & { readonly decision: Readonly<Record<string, unknown>> };
  readonly header: typeof HEADER;
  readonly key: KeyPair;
}

/** A token that must not count, and what was done to make it. */
export interface Forgery {
  readonly how: string;
  readonly name: MessageName;
  readonly token: string;
}

export type Forge = (genuine: Genuine) => fc.Arbitrary<Pick<Forgery, 'how' | 'token'>>;

/** Stands in everything that a forger may choose freely, and must come back in no answer. */
export const CANARY = 'CANARY-a1b2c3';

export const genuineToken = ({ header, claims, key }: Genuine): string =>
  tokenOf(encoded(header), encoded(claims), key);

export const base64url = (bytes: string | Uint8Array) => Buffer.from(bytes).toString('base64url');

/** One of several named ways, each made only when it is drawn: signing takes time. */
export const oneOf = (ways: Readonly<Record<string, () => string>>) =>
  fc.constantFrom(...Object.keys(ways)).map((how) => ({ how, token: ways[how]?.() ?? '' }));

export const signedWith = (
  { header, claims, key }: Genuine,
  more: { header?: object; claims?: object; key?: KeyPair },
): string => tokenOf(encoded({ ...header, ...more.header }), encoded({ ...claims, ...more.claims }), more.key ?? key);
