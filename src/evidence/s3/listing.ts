/** One page of `ListObjectsV2`. `next` continues it, where there is more. */
export interface Listing {
  readonly objects: readonly { readonly key: string; readonly sizeBytes: number }[];
  readonly next: string | undefined;
}

/**
 * Reads a page that was asked for with `encoding-type=url`, so that no key can contain a character that means something in
 * XML. Undefined when it is none.
 */
export function parseListing(xml: string): Listing | undefined {
  if (textOf(xml, 'EncodingType') !== 'url') return undefined;
  const objects = [...xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, content = '']) => ({
    key: decoded(textOf(content, 'Key') ?? ''),
    sizeBytes: Number(textOf(content, 'Size') ?? 'none'),
  }));
  if (!objects.every(({ key, sizeBytes }) => key !== '' && Number.isSafeInteger(sizeBytes))) return undefined;
  const truncated = textOf(xml, 'IsTruncated');
  const next = textOf(xml, 'NextContinuationToken');
  if (truncated === 'false') return { objects, next: undefined };
  return truncated === 'true' && next !== undefined ? { objects, next } : undefined;
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return '';
  }
}

function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
