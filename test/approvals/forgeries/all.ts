import fc from 'fast-check';
import { anyClaim, otherClaims, otherJson, sentAsAnother } from './claims.ts';
import { genuineToken, type Forge, type Forgery, type Genuine } from './genuine.ts';
import { confused, otherHeader, otherSignature } from './keys.ts';
import { mangled, wrapped } from './texts.ts';
import { otherHalf } from './twins.ts';

/** What is told of a decision that is genuine and comes again. */
export const USED = 'used before';

/** ECDSA has two signatures of one message with one key: the other one is no other decision. */
const malleated: Forge = (genuine) => {
  const token = genuineToken(genuine);
  return fc.constant({ how: USED, token: genuine.header.alg === 'ES256' ? otherHalf(token) : token });
};

const FORGES: readonly { readonly forge: Forge; readonly weight: number }[] = [
  { forge: mangled, weight: 40 },
  { forge: wrapped, weight: 8 },
  { forge: otherHeader, weight: 12 },
  { forge: confused, weight: 14 },
  { forge: otherSignature, weight: 6 },
  { forge: otherClaims, weight: 12 },
  { forge: anyClaim, weight: 8 },
  { forge: otherJson, weight: 8 },
  { forge: malleated, weight: 2 },
];

/** Forgeries of these decisions, which have all been used before. */
export function forgeriesOf(genuine: readonly Genuine[]): fc.Arbitrary<Forgery> {
  return fc.oneof(
    ...genuine.flatMap((one) => [
      ...FORGES.map(({ forge, weight }) => ({
        weight,
        arbitrary: forge(one).map((forged): Forgery => ({ ...forged, name: one.name })),
      })),
      { weight: 2, arbitrary: sentAsAnother(one) },
    ]),
  );
}
