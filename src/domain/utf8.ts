/**
 * Text of bytes, or undefined when they are not UTF-8. A forgiving decoder turns different damaged bytes into one and the
 * same character, and so hides what happened to them.
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
