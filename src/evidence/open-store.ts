import type { EvidencePlace } from '../domain/profile-schema.ts';
import { openFileStore } from './file-store.ts';
import { openS3Store } from './s3/s3-store.ts';
import type { EvidenceStore } from './store.ts';

/** The store that the operator's configuration names. Nothing is asked of it before it is used. */
export function openStore(place: EvidencePlace): EvidenceStore {
  return place.kind === 'file' ? openFileStore(place.directory) : openS3Store(place);
}
