import { rm, writeFile } from 'node:fs/promises';
import { fingerprintOf, newSigningKey, readPublicKey } from '../../evidence/dsse.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailed } from '../surroundings.ts';
import { writePrivate } from './private-file.ts';

export interface NewEvidenceKeyOptions {
  readonly out: string;
  /** Where the public half goes, for those who verify; beside the private one without it. */
  readonly public?: string | undefined;
  readonly json?: true | undefined;
}

/** `golive keys new --for evidence`: the key with which the operator's workers sign evidence, and its public half. */
export async function newEvidenceKey(
  { out: file, public: named, json }: NewEvidenceKeyOptions,
  { out }: { readonly out: NodeJS.WritableStream },
): Promise<number> {
  const key = newSigningKey();
  const publicFile = named ?? `${file.replace(/\.pem$/, '')}.pub`;
  const fingerprint = fingerprintOf(readPublicKey(key.public));
  await writePublic(publicFile, key.public);
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

/** Bundles that were sealed before are verified with the file that is there. */
async function writePublic(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch {
    throw new CommandFailed(`${file} cannot be written, or already exists and is never overwritten.`, EXIT.refused);
  }
}
