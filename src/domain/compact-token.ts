import { parseStrictJson } from './strict-json.ts';

/** Headers that could point to another key or change what is signed. */
export const FORBIDDEN_HEADERS = ['crit', 'b64', 'jku', 'jwk', 'x5u', 'x5c'];

type Members = Readonly<Record<string, unknown>>;

/** The parts of a signed token in compact form. Nothing about them is believed yet. */
export type CompactToken =
  | {
      readonly ok: true;
      readonly header: Members;
      readonly claims: Members;
      /** Whether there is a signature to check; a token without one asks for no algorithm, which is for its header to say. */
      readonly hasSignature: boolean;
    }
  | { readonly ok: false; readonly part: 'token' | 'header' | 'payload' };

/**
 * Takes a compact token apart. Its parts must be the one base64url spelling of strict JSON objects, so that every other
 * parser reads the same.
 */
export function readCompactToken(token: string): CompactToken {
  const [headerPart, payloadPart, signaturePart, ...rest] = token.split('.');
  if (headerPart === undefined || payloadPart === undefined || signaturePart === undefined || rest.length > 0) {
    return { ok: false, part: 'token' };
  }
  const header = objectIn(headerPart);
  if (header === undefined) return { ok: false, part: 'header' };
  const claims = objectIn(payloadPart);
  if (claims === undefined) return { ok: false, part: 'payload' };
  return { ok: true, header, claims, hasSignature: bytesIn(signaturePart) !== undefined };
}

function objectIn(part: string): Members | undefined {
  const bytes = bytesIn(part);
  const json = bytes && parseStrictJson(bytes);
  if (json?.ok !== true || typeof json.value !== 'object' || json.value === null || Array.isArray(json.value)) {
    return undefined;
  }
  return Object.fromEntries(Object.entries(json.value));
}

/** Decoders forgive foreign characters and left-over bits; only what is written back alike is the one spelling. */
function bytesIn(part: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) return undefined;
  const base64 = part.replaceAll('-', '+').replaceAll('_', '/');
  const binary = atob(base64);
  const isOneSpelling = btoa(binary).replace(/=+$/, '') === base64;
  return isOneSpelling ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : undefined;
}
