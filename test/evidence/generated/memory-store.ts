import { byPath } from '../../../src/evidence/paths.ts';
import { EvidenceProblem } from '../../../src/evidence/problem.ts';
import type { Protection } from '../../../src/evidence/protection.ts';
import type { EvidenceStore, StoredFile } from '../../../src/evidence/store.ts';

/** A store without a disk, for bundles by the thousand. Its files are there to be damaged. */
export class MemoryStore implements EvidenceStore {
  readonly stored = new Map<string, Buffer>();

  put(path: string, bytes: Uint8Array): Promise<void> {
    const there = this.stored.get(path);
    if (there !== undefined && !there.equals(bytes)) return Promise.reject(new EvidenceProblem('conflict', path));
    this.stored.set(path, Buffer.from(bytes));
    return Promise.resolve();
  }

  read(path: string): Promise<Uint8Array> {
    const bytes = this.stored.get(path);
    return bytes === undefined ? Promise.reject(new EvidenceProblem('missing', path)) : Promise.resolve(bytes);
  }

  exists(path: string): Promise<boolean> {
    return Promise.resolve(this.stored.has(path));
  }

  async protectionOf(path: string): Promise<Protection> {
    await this.read(path);
    return { kind: 'create-only' };
  }

  list(folder: string): Promise<readonly StoredFile[]> {
    const inside = [...this.stored].filter(([path]) => path.startsWith(`${folder}/`));
    return Promise.resolve(inside.map(([path, bytes]) => ({ path, sizeBytes: bytes.length })).sort(byPath));
  }

  appendLines(path: string, next: (stored: string) => string): Promise<void> {
    const before = this.stored.get(path)?.toString('utf8') ?? '';
    try {
      this.stored.set(path, Buffer.from(before + next(before), 'utf8'));
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error);
    }
  }
}
