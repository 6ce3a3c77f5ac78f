import type { OperatorConfig } from '../../src/domain/profile-schema.ts';
import type { SealTools } from '../../src/evidence/bundle.ts';
import { newSigningKey, openSigner } from '../../src/evidence/dsse.ts';

/** What a worker of the tests seals with. */
export function sealTools(changes: Partial<SealTools> = {}): SealTools {
  const sbom = { absent: 'nothing was built' };
  return {
    software: { version: '0.0.0', node: process.version, workflowBundle: `sha256:${'0'.repeat(64)}`, sbom },
    signer: openSigner(newSigningKey().private),
    companionsOf: () => Promise.resolve([]),
    ...changes,
  };
}

/** The directory in which evidence is kept. */
export function evidenceDirectory({ evidence: { store } }: OperatorConfig): string {
  if (store.kind !== 'file') throw new Error('the evidence is kept in no directory');
  return store.directory;
}
