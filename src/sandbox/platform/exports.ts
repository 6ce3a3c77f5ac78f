import { createHash, createSign, KeyObject } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Actor, AuditEvent } from './audit.ts';
import { newId, timestamp } from './ids.ts';
import { notFound, Refusal } from './refusal.ts';
import type { AuditExportRequest } from './requests.ts';
import type { SigningKey } from './tokens.ts';

/** The contract's `AuditExportJob`. */
export interface AuditExportJob {
  readonly id: string;
  readonly tenantId: string;
  readonly environmentKey: string | null;
  readonly status: 'queued' | 'running' | 'completed' | 'failed';
  readonly includeAnomalies: boolean;
  readonly includeRecommendations: boolean;
  readonly from: string | null;
  readonly to: string | null;
  readonly requestedAt: string;
  readonly requestedBy: Actor;
  readonly completedAt: string | null;
  readonly failureReason: string | null;
  readonly eventCount: number | null;
  readonly sizeBytes: number | null;
}

/** The bytes of a completed export, in pieces, because a day of audit events is tens of megabytes. */
export interface Artifact {
  readonly pieces: readonly Uint8Array[];
  readonly sizeBytes: number;
  /** Base64 of the SHA-256 over all pieces. */
  readonly digest: string;
}

const EVENTS_PER_PIECE = 500;
export const ARTIFACT_CONTENT_TYPE = 'application/json';

/** The export jobs of one tenant. */
export class AuditExports {
  #jobs: readonly AuditExportJob[] = [];
  readonly #artifacts = new Map<string, Artifact>();

  /** Newest first. */
  list(): readonly AuditExportJob[] {
    return this.#jobs;
  }

  get(id: string): AuditExportJob {
    const job = this.#jobs.find((candidate) => candidate.id === id);
    if (job === undefined) throw notFound('export');
    return job;
  }

  /** 409 until the job has completed. */
  artifact(id: string): Artifact {
    const { status } = this.get(id);
    const artifact = this.#artifacts.get(id);
    if (artifact !== undefined) return artifact;
    throw new Refusal(409, 'EXPORT_NOT_READY', 'The export has not completed.', { status });
  }

  request(request: AuditExportRequest, requestedBy: Actor): AuditExportJob {
    const job: AuditExportJob = {
      id: newId('exp'),
      tenantId: request.tenantId,
      environmentKey: request.environmentKey ?? null,
      status: 'queued',
      includeAnomalies: request.includeAnomalies,
      includeRecommendations: request.includeRecommendations,
      from: request.from ?? null,
      to: request.to ?? null,
      requestedAt: timestamp(),
      requestedBy,
      completedAt: null,
      failureReason: null,
      eventCount: null,
      sizeBytes: null,
    };
    this.#jobs = [job, ...this.#jobs];
    return job;
  }

  /** Writes the artifact of a queued job in small turns and completes it. */
  async run(id: string, events: readonly AuditEvent[]): Promise<AuditExportJob> {
    const job = this.get(id);
    this.#replace({ ...job, status: 'running' });
    const selected = events.filter((event) => isWanted(event, job));
    const artifact = await writeArtifact(job, selected);
    this.#artifacts.set(id, artifact);
    const { sizeBytes } = artifact;
    const eventCount = selected.length;
    return this.#replace({ ...job, status: 'completed', completedAt: timestamp(), eventCount, sizeBytes });
  }

  #replace(job: AuditExportJob): AuditExportJob {
    this.#jobs = this.#jobs.map((candidate) => (candidate.id === job.id ? job : candidate));
    return job;
  }
}

function isWanted({ occurredAt, environmentKey }: AuditEvent, job: AuditExportJob): boolean {
  const at = Date.parse(occurredAt);
  if (job.environmentKey !== null && environmentKey !== job.environmentKey) return false;
  if (job.from !== null && at < Date.parse(job.from)) return false;
  return job.to === null || at < Date.parse(job.to);
}

async function writeArtifact(job: AuditExportJob, events: readonly AuditEvent[]): Promise<Artifact> {
  const { id: exportId, tenantId, environmentKey, from, to } = job;
  const encoder = new TextEncoder();
  const hash = createHash('sha256');
  const pieces: Uint8Array[] = [];
  const write = (text: string) => {
    const piece = encoder.encode(text);
    hash.update(piece);
    pieces.push(piece);
  };
  const head = JSON.stringify({ exportId, tenantId, environmentKey, from, to, eventCount: events.length });
  write(`${head.slice(0, -1)},"events":[`);
  for (let start = 0; start < events.length; start += EVENTS_PER_PIECE) {
    const page = JSON.stringify(events.slice(start, start + EVENTS_PER_PIECE));
    write(`${start === 0 ? '' : ','}${page.slice(1, -1)}`);
    await setImmediate();
  }
  write(
    `]${job.includeAnomalies ? ',"anomalies":[]' : ''}${job.includeRecommendations ? ',"recommendations":[]' : ''}}`,
  );
  const sizeBytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  return { pieces, sizeBytes, digest: hash.digest('base64') };
}

/** The three headers of a downloaded artifact (D-14): RFC 9530 digest and an RFC 9421 signature over it. */
export function artifactHeaders(artifact: Artifact, key: SigningKey): Record<string, string> {
  const reprDigest = `sha-256=:${artifact.digest}:`;
  const created = Math.floor(Date.now() / 1000);
  const parameters = `("@status" "content-type" "repr-digest");created=${created};keyid="${key.kid}";alg="rsa-v1_5-sha256"`;
  const base = [
    '"@status": 200',
    `"content-type": ${ARTIFACT_CONTENT_TYPE}`,
    `"repr-digest": ${reprDigest}`,
    `"@signature-params": ${parameters}`,
  ].join('\n');
  const signature = createSign('sha256').update(base).sign(KeyObject.from(key.privateKey), 'base64');
  return { 'repr-digest': reprDigest, 'signature-input': `sig1=${parameters}`, signature: `sig1=:${signature}:` };
}
