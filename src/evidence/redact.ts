import { canonicalJson, isDigest } from './digest.ts';

const REDACTED = '[redacted]';

/** Names of members whose words are nobody's business, whatever stands between the words of the name. */
const SECRET_NAME = /token|secret|authorization|password|passphrase|apikey|privatekey|cookie/i;
const JOINTS = /[\s._-]+/g;

const SECRET_VALUES: readonly RegExp[] = [
  // JWS and JWE in compact form; their header always starts with `{"`.
  /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*/,
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/,
  /\b(?:bearer|basic)\s+[A-Za-z0-9._~+/-]{8,}=*/i,
  // The platform's own keys. What lists show of one is shorter, and is a fact.
  /\b(?:mrt|int|mk|intended)_(?:live|test)_\w{12,}/,
  /:\/\/[^/?#\s:@]*:[^/?#\s@]+@/,
];

/**
 * The same JSON without what looks like a secret: words, lists and objects under a suspicious name, and words that look
 * like a key or a signed token, become `[redacted]`. Numbers, truth values, null and SHA-256 digests stay, so that
 * `tokenSigningMs: 12` is still a fact. It is the last net and not the rule: secrets are never handed in. Throws `unusable`
 * for what has no canonical JSON.
 */
export function redacted(value: unknown): unknown {
  return withoutSecrets(JSON.parse(canonicalJson(value)));
}

/**
 * The same JSON without words that look like a key or a signed token, whatever they are called: for texts of ours whose members
 * are called after steps such as `token-revocation-drill`.
 */
export function withoutSecretWords(value: unknown): unknown {
  if (typeof value === 'string') return looksSecret(value) ? REDACTED : value;
  if (Array.isArray(value)) return value.map(withoutSecretWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) =>
      looksSecret(name) ? [REDACTED, REDACTED] : [name, withoutSecretWords(member)],
    ),
  );
}

/** The same for an object, member by member. */
export function redactedMembers(value: object): Readonly<Record<string, unknown>> {
  return membersWithoutSecrets(JSON.parse(canonicalJson(value)) as object);
}

function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return looksSecret(value) ? REDACTED : value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return typeof value === 'object' && value !== null ? membersWithoutSecrets(value) : value;
}

function membersWithoutSecrets(value: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => memberWithoutSecrets(name, member)));
}

function memberWithoutSecrets(name: string, member: unknown): [string, unknown] {
  if (looksSecret(name)) return [REDACTED, REDACTED];
  return [name, isSecretName(name) ? withoutWords(member) : withoutSecrets(member)];
}

function withoutWords(value: unknown): unknown {
  // A digest gives nothing away, and evidence is full of digests of tokens.
  if (typeof value === 'string') return isDigest(value) ? value : REDACTED;
  return typeof value === 'object' && value !== null ? REDACTED : value;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replaceAll(JOINTS, ''));
}

function looksSecret(text: string): boolean {
  return SECRET_VALUES.some((pattern) => pattern.test(text));
}
