import { z } from 'zod';
import { instant, name } from './common.ts';

/** `RS256` is what the contract lists; `ES256` stands on one public page and is only accepted where a profile says so. */
export const signingAlgorithm = z.enum(['RS256', 'ES256']);
export type SigningAlgorithm = z.output<typeof signingAlgorithm>;

export const authorityKey = z.object({
  kid: name,
  publicKeyPem: z.string().regex(/^-----BEGIN PUBLIC KEY-----/, 'a PEM public key'),
  alg: signingAlgorithm,
  status: z.enum(['ACTIVE', 'PREVIOUS']),
  createdAt: instant.optional(),
});
/** A public signing key. A retired one is no longer listed. */
export type AuthorityKey = z.output<typeof authorityKey>;

export const authorityKeyList = z.object({ keys: z.array(authorityKey) });
