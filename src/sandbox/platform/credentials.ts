import { createHash, randomBytes } from 'node:crypto';
import type { Actor } from './audit.ts';
import { newId, timestamp } from './ids.ts';
import { notFound } from './refusal.ts';

/** D-18. The vocabulary is open: a created credential may carry words that nothing asks for. */
export type Scope =
  | 'intent:submit'
  | 'intent:read'
  | 'audit:read'
  | 'audit:export'
  | 'policy:read'
  | 'authority:policy:write'
  | 'emergency:read'
  | 'emergency:write'
  | 'admin:tokens:read'
  | 'admin:tokens:write'
  | 'admin:members:read';

/** The contract's `ApiCredential`; `status` is derived, because time alone expires a key. */
export interface ApiCredential {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly environmentKey: string;
  readonly scopes: readonly string[];
  readonly status: 'active' | 'revoked' | 'expired';
  readonly createdAt: string;
  readonly createdBy: Actor;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
  readonly ipAllowlist: readonly string[];
}

/** The contract's `CredentialEvent`. */
export interface CredentialEvent {
  readonly id: string;
  readonly credentialId: string;
  readonly type: 'created' | 'revoked';
  readonly at: string;
  readonly actor: Actor;
  readonly reason: string | null;
}

export interface CredentialWish {
  readonly name: string;
  /** The tenant's own unless it says otherwise. */
  readonly environmentKey?: string;
  readonly scopes: readonly string[];
  readonly createdBy: Actor;
  readonly createdAt?: string;
  readonly expiresAt?: string | undefined;
  readonly ipAllowlist?: readonly string[] | undefined;
}

type Stored = Omit<ApiCredential, 'status'>;

/** The API credentials of one tenant. Secrets are kept as digests only, as a real platform keeps them. */
export class Credentials {
  readonly #environmentKey: string;
  readonly #stored = new Map<string, Stored>();
  readonly #idBySecretDigest = new Map<string, string>();
  readonly #events: CredentialEvent[] = [];

  constructor(environmentKey: string) {
    this.#environmentKey = environmentKey;
  }

  list(): ApiCredential[] {
    return [...this.#stored.values()].map(withStatus);
  }

  events(): readonly CredentialEvent[] {
    return this.#events;
  }

  /** 404 for an id that this tenant does not have. */
  get(id: string): ApiCredential {
    const stored = this.#stored.get(id);
    if (stored === undefined) throw notFound('credential');
    return withStatus(stored);
  }

  /** The active credential of this secret; `undefined` for an unknown, revoked or expired one. */
  authenticate(secret: string): ApiCredential | undefined {
    const id = this.#idBySecretDigest.get(digest(secret));
    if (id === undefined) return undefined;
    const credential = this.get(id);
    if (credential.status !== 'active') return undefined;
    this.#change(id, { lastUsedAt: timestamp() });
    return credential;
  }

  /** The secret is given out this once. */
  create(wish: CredentialWish): { readonly credential: ApiCredential; readonly secret: string } {
    const { environmentKey = this.#environmentKey } = wish;
    const prefix = `mrt_${environmentKey === 'prod' ? 'live' : 'test'}_${randomBytes(2).toString('hex')}`;
    const secret = `${prefix}_${randomBytes(24).toString('base64url')}`;
    const stored: Stored = {
      id: newId('cred'),
      name: wish.name,
      prefix,
      environmentKey,
      scopes: wish.scopes,
      createdAt: wish.createdAt ?? timestamp(),
      createdBy: wish.createdBy,
      expiresAt: wish.expiresAt ?? null,
      lastUsedAt: null,
      revokedAt: null,
      ipAllowlist: wish.ipAllowlist ?? [],
    };
    this.#stored.set(stored.id, stored);
    this.#idBySecretDigest.set(digest(secret), stored.id);
    this.#note(stored.id, 'created', wish.createdBy, null, stored.createdAt);
    return { credential: withStatus(stored), secret };
  }

  /** Whether anything changed: revoking a revoked credential changes nothing (D-10). */
  revoke(id: string, actor: Actor, reason: string | null): boolean {
    if (this.get(id).revokedAt !== null) return false;
    const now = timestamp();
    this.#change(id, { revokedAt: now });
    this.#note(id, 'revoked', actor, reason, now);
    return true;
  }

  #change(id: string, change: Partial<Stored>): void {
    const stored = this.#stored.get(id);
    if (stored !== undefined) this.#stored.set(id, { ...stored, ...change });
  }

  #note(credentialId: string, type: CredentialEvent['type'], actor: Actor, reason: string | null, at: string): void {
    this.#events.push({ id: newId('cev'), credentialId, type, at, actor, reason });
  }
}

/** Whether a credential may do what needs this scope; `*` stands for all of them. */
export function permits(credential: ApiCredential, scope: Scope): boolean {
  return credential.scopes.includes(scope) || credential.scopes.includes('*');
}

function withStatus(stored: Stored): ApiCredential {
  const expired = stored.expiresAt !== null && Date.parse(stored.expiresAt) <= Date.now();
  return { ...stored, status: stored.revokedAt !== null ? 'revoked' : expired ? 'expired' : 'active' };
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
