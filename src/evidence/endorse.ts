import type { Digest } from '../domain/verdict.ts';
import { digestOfBytes } from './digest.ts';
import { decodeEnvelope, isSignedBy, signEnvelope, type Signer } from './dsse.ts';
import { ENVELOPE } from './layout.ts';
import { keepOnce } from './once.ts';
import { EvidenceProblem } from './problem.ts';
import { encodeStatement, PAYLOAD_TYPE, statementOf, type Predicate } from './statement.ts';
import type { EvidenceStore } from './store.ts';

/**
 * Signs the statement about a bundle and keeps the envelope beside its manifest; answers the digest of the envelope, null
 * without a key. An envelope that is there already stays when it says the same and was signed with the same key, else the
 * bundle is `sealed`.
 */
export async function signStatement(
  store: EvidenceStore,
  run: string,
  signer: Signer | undefined,
  manifest: Digest,
  predicate: Predicate,
): Promise<Digest | null> {
  if (signer === undefined) return null;
  const statement = encodeStatement(statementOf(manifest, predicate));
  const path = `${run}/${ENVELOPE}`;
  const kept = await keepOnce(store, path, signEnvelope(signer, PAYLOAD_TYPE, statement));
  const envelope = decodeEnvelope(kept);
  if (typeof envelope === 'string') throw new EvidenceProblem('sealed', `${path}: ${envelope}`);
  if (!Buffer.from(envelope.payload).equals(statement))
    throw new EvidenceProblem('sealed', `${path}: something else was signed before`);
  if (!isSignedBy(envelope, signer.publicKey))
    throw new EvidenceProblem('sealed', `${path}: was signed before, with another key`);
  return digestOfBytes(kept);
}
