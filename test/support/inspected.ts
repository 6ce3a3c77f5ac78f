import type { Digest } from '../../src/domain/verdict.ts';
import { inspectBundle, type BundleVerdict } from '../../src/evidence/inspect.ts';
import { readFolder } from '../../src/evidence/folder.ts';

/** What the digests and the chain of a bundle in a directory prove; a directory that cannot be read proves nothing. */
export async function inspected(directory: string, expected?: Digest): Promise<BundleVerdict> {
  try {
    const { bundle, problems } = await readFolder(directory);
    return problems.length > 0 ? { ok: false, problems } : await inspectBundle(bundle, expected);
  } catch {
    return { ok: false, problems: [{ path: '.', why: 'cannot be read' }] };
  }
}
