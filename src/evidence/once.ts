import { EvidenceProblem } from './problem.ts';
import type { EvidenceStore } from './store.ts';

/**
 * Keeps what every attempt makes anew, once: whoever comes first decides, and whoever comes later gets what is there. The
 * bytes that count are the answer.
 */
export async function keepOnce(store: EvidenceStore, path: string, bytes: Uint8Array): Promise<Uint8Array> {
  try {
    await store.put(path, bytes);
    return bytes;
  } catch (error) {
    if (!(error instanceof EvidenceProblem) || error.kind !== 'conflict') throw error;
    return store.read(path);
  }
}
