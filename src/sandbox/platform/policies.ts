import { createHash } from 'node:crypto';
import type { Digest } from '../../domain/verdict.ts';
import { timestamp } from './ids.ts';
import { notFound, Refusal } from './refusal.ts';

export type PolicyVersionStatus = 'active' | 'superseded' | 'withdrawn' | 'draft';

/** The contract's `PolicyVersion`. */
export interface PolicyVersion {
  readonly versionId: string;
  readonly packName: string;
  readonly environmentKey: string;
  readonly status: PolicyVersionStatus;
  readonly contentSha256: Digest;
  readonly deployedAt: string | null;
  readonly deployedBy: string | null;
  readonly supersededAt: string | null;
}

/** The contract's `PolicyPack`. */
export interface PolicyPack {
  readonly name: string;
  readonly environmentKey: string;
  readonly activeVersionId: string | null;
  readonly owner: string | null;
  readonly updatedAt: string;
}

/** One pack as a tenant begins with it; versions newest first. */
export interface PackSeed {
  readonly name: string;
  readonly owner: string;
  readonly versions: readonly { readonly versionId: string; readonly status: PolicyVersionStatus }[];
}

const DAY = 86_400_000;
const DEPLOYER = 'chi@acme.example';

/** The policy packs of one tenant and environment. */
export class PolicySet {
  readonly #environmentKey: string;
  readonly #owners = new Map<string, string>();
  readonly #updatedAt = new Map<string, string>();
  #versions: PolicyVersion[] = [];

  constructor(environmentKey: string, seeds: readonly PackSeed[]) {
    this.#environmentKey = environmentKey;
    for (const seed of seeds) this.#plant(seed);
  }

  packs(): PolicyPack[] {
    return [...this.#owners].map(([name, owner]) => ({
      name,
      environmentKey: this.#environmentKey,
      activeVersionId: this.activeVersion(name) ?? null,
      owner,
      updatedAt: this.#updatedAt.get(name) ?? timestamp(),
    }));
  }

  /** Newest first; 404 for an unknown pack. */
  versions(pack: string): PolicyVersion[] {
    if (!this.#owners.has(pack)) throw notFound('policy pack');
    return this.#versions.filter(({ packName }) => packName === pack);
  }

  activeVersion(pack: string): string | undefined {
    return this.#versions.find((version) => version.packName === pack && version.status === 'active')?.versionId;
  }

  /** Makes a superseded version active again (D-08) and says which one it replaced. */
  rollback(versionId: string): { readonly packName: string; readonly previousVersionId: string } {
    const version = this.#find(versionId);
    const details = { versionId, status: version.status };
    if (version.status === 'active') {
      throw new Refusal(409, 'POLICY_VERSION_ALREADY_ACTIVE', 'This version is already active.', details);
    }
    if (version.status !== 'superseded') {
      const message = `A ${version.status} version cannot be made active.`;
      throw new Refusal(409, 'POLICY_VERSION_NOT_ELIGIBLE', message, details);
    }
    return { packName: version.packName, previousVersionId: this.#activate(version) };
  }

  /** Puts a draft in force, as a deployment outside of any go-live does. Nothing happens when it is in force already. */
  deploy(versionId: string): void {
    const version = this.#find(versionId);
    if (version.status !== 'active') this.#activate(version);
  }

  #activate(version: PolicyVersion): string {
    const now = timestamp();
    const previous = this.#versions.find(
      ({ packName, status }) => packName === version.packName && status === 'active',
    );
    if (previous !== undefined) this.#replace({ ...previous, status: 'superseded', supersededAt: now });
    this.#replace({
      ...version,
      status: 'active',
      deployedAt: version.deployedAt ?? now,
      deployedBy: version.deployedBy ?? DEPLOYER,
      supersededAt: null,
    });
    this.#updatedAt.set(version.packName, now);
    return previous?.versionId ?? version.versionId;
  }

  #find(versionId: string): PolicyVersion {
    const version = this.#versions.find((candidate) => candidate.versionId === versionId);
    if (version === undefined) throw notFound('policy version');
    return version;
  }

  #replace(version: PolicyVersion): void {
    this.#versions = this.#versions.map((candidate) =>
      candidate.versionId === version.versionId ? version : candidate,
    );
  }

  #plant({ name, owner, versions }: PackSeed): void {
    const now = Date.now();
    this.#owners.set(name, owner);
    this.#updatedAt.set(name, timestamp(now - DAY));
    for (const [index, { versionId, status }] of versions.entries()) {
      const deployed = status !== 'draft';
      const past = status === 'superseded' || status === 'withdrawn';
      this.#versions.push({
        versionId,
        packName: name,
        environmentKey: this.#environmentKey,
        status,
        contentSha256: contentDigest(this.#environmentKey, versionId),
        deployedAt: deployed ? timestamp(now - (index + 1) * 7 * DAY) : null,
        deployedBy: deployed ? DEPLOYER : null,
        supersededAt: past ? timestamp(now - index * 7 * DAY) : null,
      });
    }
  }
}

function contentDigest(environmentKey: string, versionId: string): Digest {
  return `sha256:${createHash('sha256').update(`${environmentKey}/${versionId}`).digest('hex')}`;
}
