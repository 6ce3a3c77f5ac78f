import { generateKeyPairSync } from 'node:crypto';
import type { SealTools } from '../../src/evidence/bundle.ts';
import { openSigner } from '../../src/evidence/dsse.ts';

/** A new key to sign evidence with, as `golive keys new --for evidence` makes them. */
export function newEvidenceKey(): { readonly private: string; readonly public: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    private: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    public: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  };
}

/** What a worker of the tests seals with. */
export function sealTools(changes: Partial<SealTools> = {}): SealTools {
  const sbom = { absent: 'nothing was built' };
  return {
    software: { version: '0.0.0', node: process.version, workflowBundle: `sha256:${'0'.repeat(64)}`, sbom },
    signer: openSigner(newEvidenceKey().private),
    reportOf: undefined,
    ...changes,
  };
}
