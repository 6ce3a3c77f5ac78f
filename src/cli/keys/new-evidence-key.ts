import { rm } from 'node:fs/promises';
import { fingerprintOf, newSigningKey, readPublicKey } from '../../evidence/dsse.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';
import { writeNew } from '../write-new.ts';
import { refuseOneFile, writePrivate } from './private-file.ts';

export interface NewEvidenceKeyOptions {
  readonly out: string;
  /** Where the public half goes, for those who verify; beside the private one without it. */
  readonly public?: string | undefined;
  /** For the keys of people. */
  readonly issuer?: string | undefined;
  /** For the keys of people. */
  readonly group?: readonly string[];
  readonly json?: true | undefined;
}

/** `golive keys new --for evidence`: the key with which the operator's workers sign evidence, and its public half. */
export async function newEvidenceKey(
  { out: file, public: named, issuer, group = [], json }: NewEvidenceKeyOptions,
  { out }: { readonly out: NodeJS.WritableStream },
): Promise<number> {
  if (issuer !== undefined || group.length > 0) throw new CommandFailed(FOR_PEOPLE, EXIT.usage);
  const key = newSigningKey();
  const publicFile = named ?? `${file.replace(/\.pem$/, '')}.pub`;
  refuseOneFile(file, publicFile);
  const fingerprint = fingerprintOf(readPublicKey(key.public));
  // Never over another one: bundles that were sealed before are verified with the file that is there.
  await writeNew(publicFile, key.public);
  try {
    await writePrivate(file, key.private);
  } catch (error) {
    // The half of a key that nobody has.
    await rm(publicFile, { force: true });
    throw error;
  }
  const lines = [
    `${file}: signs evidence; for the workers and nobody else to read. Name it in golive.yaml: evidence.signingKey: { file: … }`,
    `${publicFile}: verifies it. Publish it where bundles are not, with its fingerprint:`,
    fingerprint,
  ];
  out.write(json ? `${JSON.stringify({ file, public: publicFile, fingerprint })}\n` : `${lines.join('\n')}\n`);
  return EXIT.done;
}

const FOR_PEOPLE = 'The key for evidence belongs to nobody: leave out --issuer and --group, which are for people.';
