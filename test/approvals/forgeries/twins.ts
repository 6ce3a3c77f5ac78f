import { base64url } from './genuine.ts';

const ORDER = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

/** The same r with n − s instead of s, which verifies as well. */
export function otherHalf(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  const bytes = Buffer.from(signature, 'base64url');
  const s = ORDER - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
  const other = Buffer.from(s.toString(16).padStart(64, '0'), 'hex');
  return [header, payload, base64url(Buffer.concat([bytes.subarray(0, 32), other]))].join('.');
}

const LEFT_OVER = 0b1111;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The same bytes of a signature, with other bits in the last character where none of them counts. */
export function otherSpelling(token: string): string {
  const last = ALPHABET.indexOf(token.at(-1) ?? '');
  return token.slice(0, -1) + ALPHABET.charAt(last ^ LEFT_OVER);
}
