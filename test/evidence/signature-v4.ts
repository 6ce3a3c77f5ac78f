import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const KEYS = { accessKeyId: 'AKIAEVIDENCECANARY', secretAccessKey: 'secret/CANARY+of+the+bucket' };
export const REGION = 'eu-central-1';

const CLOCK_SKEW_MS = 15 * 60_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/**
 * Whether a request carries the signature (Signature Version 4) that follows from what arrived and from our own key, computed
 * here without the library that made it, and covers every header that decides about something.
 */
export function isWellSigned(request: IncomingMessage): boolean {
  const { headers } = request;
  const parsed = AUTHORIZATION.exec(headers.authorization ?? '');
  if (parsed === null) return false;
  const [, accessKeyId, date = '', region, names = '', signature] = parsed;
  const signed = names.split(';');
  const stamp = String(headers['x-amz-date']);
  const isOurs = accessKeyId === KEYS.accessKeyId && region === REGION && stamp.startsWith(date);
  const covered = Object.keys(headers).filter((name) => /^(?:host|if-.*|x-amz-.*)$/.test(name));
  if (!isOurs || !isNow(stamp) || !covered.every((name) => signed.includes(name))) return false;
  const scope = `${date}/${REGION}/s3/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, hexOf(canonicalRequest(request, signed))].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${KEYS.secretAccessKey}`, date), REGION));
  return hmac(key, text).toString('hex') === signature;
}

function canonicalRequest({ method = '', url = '', headers }: IncomingMessage, signed: readonly string[]): string {
  const [path = '', query = ''] = url.split('?');
  const parameters =
    query === ''
      ? []
      : query.split('&').map((pair) =>
          pair
            .split('=')
            .map((it) => encoded(decoded(it)))
            .join('='),
        );
  return [
    method,
    path
      .split('/')
      .map((part) => encoded(decodeURIComponent(part)))
      .join('/'),
    parameters.sort().join('&'),
    ...signed.map((name) => `${name}:${String(headers[name]).trim().replaceAll(/\s+/g, ' ')}`),
    '',
    signed.join(';'),
    String(headers['x-amz-content-sha256']),
  ].join('\n');
}

/** RFC 3986, as S3 wants it. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}

function isNow(stamp: string): boolean {
  const time = stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Math.abs(Date.now() - Date.parse(time)) < CLOCK_SKEW_MS;
}

function hexOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
