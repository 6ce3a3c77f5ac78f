import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** X.509 certificates made on the spot, since fixtures expire and Node cannot make any. Just enough DER for that. */

const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const octets = (content: Uint8Array) => der(0x04, content);
const time = (moment: Date) => der(0x18, Buffer.from(`${moment.toISOString().replace(/[-:T]|\.\d+/g, '')}`));
const name = (text: string) => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const TRUE = der(0x01, Buffer.from([0xff]));
const extension = (id: string, critical: boolean, content: Uint8Array) =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octets(content));

export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

interface Issuer {
  readonly commonName: string;
  readonly key: KeyObject;
}

interface Wanted {
  readonly commonName: string;
  readonly issuer?: Issuer;
  readonly address?: readonly number[];
  readonly validFrom?: Date;
  readonly validUntil?: Date;
}

const DAY = 86_400_000;
const pem = (bytes: Uint8Array) => {
  const lines = Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
};

/** A certificate for an IPv4 address, or an authority when it names none; signed by itself when it names no issuer. */
export function certify({
  commonName,
  issuer,
  address,
  validFrom,
  validUntil,
}: Wanted): Certificate & { issuer: Issuer } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const signer = issuer ?? { commonName, key: privateKey };
  const subjectAltName = extension('551d11', false, sequence(der(0x87, Buffer.from(address ?? []))));
  const extensions = sequence(
    extension('551d13', true, sequence(...(address === undefined ? [TRUE] : []))),
    ...(address === undefined ? [] : [subjectAltName]),
  );
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    name(signer.commonName),
    sequence(time(validFrom ?? new Date(Date.now() - DAY)), time(validUntil ?? new Date(Date.now() + DAY))),
    name(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, extensions),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', toBeSigned, signer.key));
  return {
    certificate: pem(sequence(toBeSigned, ECDSA_WITH_SHA256, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    issuer: { commonName, key: privateKey },
  };
}
