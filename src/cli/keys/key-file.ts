import { importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { readApproverKey } from '../../approvals/sign.ts';
import { EXIT } from '../exit-codes.ts';
import { readText } from '../read-text.ts';
import { CommandFailed } from '../surroundings.ts';

/** Whose key it is: what decisions signed with it say. */
const belongings = z.looseObject({
  owner: z.string().min(1).max(200),
  issuer: z.string().min(1).max(200),
  groups: z.array(z.string().min(1).max(200)).max(200).default([]),
});
export type KeyOwner = Pick<z.output<typeof belongings>, 'owner' | 'issuer' | 'groups'>;

/** A person's key as its file holds it: a private JWK that says whose it is. */
export interface SigningKey extends KeyOwner {
  readonly jwk: JWK;
}

/**
 * Reads a private key. No message repeats anything of the file.
 * @throws {CommandFailed} when it is none, or does not say whose it is
 */
export async function readSigningKey(file: string): Promise<SigningKey> {
  const refuse = (why: string) => new CommandFailed(`${file} ${why}`, EXIT.usage);
  const value = jsonOf(await readText(file));
  const jwk = readApproverKey(value);
  if (jwk === undefined || !(await isUsable(jwk)))
    throw refuse('is not a private signing key (EdDSA or ES256) as `golive keys new` writes one.');
  const read = belongings.safeParse(value);
  if (!read.success) throw refuse('does not say whose key it is: it needs the fields "owner" and "issuer".');
  const { owner, issuer, groups } = read.data;
  return { jwk, owner, issuer, groups };
}

/** A key that was cut off still looks like one, until somebody signs with it. */
function isUsable(jwk: JWK): Promise<boolean> {
  return importJWK(jwk).then(
    () => true,
    () => false,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
