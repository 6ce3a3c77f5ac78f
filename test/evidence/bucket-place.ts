import { openS3Store } from '../../src/evidence/s3/s3-store.ts';
import type { EvidenceStore } from '../../src/evidence/store.ts';
import { KEYS, REGION } from './signature-v4.ts';

export const BUCKET = 'evidence-of-acme';

/** Everything that a bucket of the tests at this address asks for. */
export function bucketPlace(endpoint: string) {
  const objectLock = { mode: 'COMPLIANCE', days: 400 } as const;
  return { endpoint, bucket: BUCKET, region: REGION, ...KEYS, prefix: 'evidence/', objectLock };
}

export function openBucket(endpoint: string): EvidenceStore {
  return openS3Store(bucketPlace(endpoint));
}
