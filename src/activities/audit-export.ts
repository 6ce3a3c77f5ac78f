import { digestOfBytes, hexOf } from '../evidence/digest.ts';
import { packed, type AuditExport } from '../evidence/exports.ts';
import { isIntendedError, type IntendedError } from '../intended/errors.ts';
import { parseExportArtifact, type AuditExportDownload } from '../intended/originals.ts';
import { Failure } from './failures.ts';
import { isWorthRepeating } from './patience.ts';
import { poll } from './probes.ts';
import type { World } from './world.ts';

/** The time of a run: ISO 8601 in UTC. */
export interface Period {
  readonly from: string;
  readonly to: string;
}

/** The job is waited for as long as one attempt of the archive lets us. */
const READY_WITHIN = 20_000;
const DOWNLOAD_WITHIN = 25_000;
const PASSING: readonly IntendedError['kind'][] = ['no-answer', 'late', 'throttled', 'unavailable'];

/**
 * The platform's audit log of a period, with what it vouches for it. What the platform refuses, or could not give for ten
 * minutes, is absent with the reason: evidence without it is worth more than a run that stays open for ever.
 */
export async function exportAudit(world: World, period: Period): Promise<AuditExport> {
  try {
    return await exported(world, period);
  } catch (error) {
    if (!isIntendedError(error)) throw error;
    if (PASSING.includes(error.kind) && isWorthRepeating()) throw error;
    return { status: 'absent', why: error.message };
  }
}

async function exported(world: World, period: Period): Promise<AuditExport> {
  const { intended } = world;
  const id = await jobFor(world, period);
  const { answer: job } = await poll(
    async () => (await intended.getAuditExport(id)).value,
    ({ status }) => status === 'completed' || status === 'failed',
    READY_WITHIN,
  );
  if (job.status === 'failed')
    return { status: 'absent', why: `the export ${id} failed: ${job.failureReason ?? 'no reason was given'}` };
  if (job.status !== 'completed') {
    if (isWorthRepeating()) throw new Failure('PlatformLate', `the export ${id} is not completed yet`);
    return { status: 'absent', why: `the export ${id} was not completed in time` };
  }
  const { value: download } = await intended.downloadAuditExport(id, { timeoutMs: DOWNLOAD_WITHIN });
  const digest = digestOfBytes(download.bytes);
  if (download.reprDigest !== `sha-256=:${Buffer.from(hexOf(digest), 'hex').toString('base64')}:`)
    return { status: 'absent', why: `the export ${id} does not fit the digest that came with it` };
  const content = parseExportArtifact(download.bytes, { tenantId: job.tenantId, exportId: id });
  if (!content.ok) {
    const [{ path, expected } = { path: '', expected: 'it' }] = content.issues;
    return { status: 'absent', why: `the export ${id} is not what was asked for: ${path} should be ${expected}` };
  }
  const keys = (await intended.listAuthorityKeys()).value.keys.map(({ kid, alg, publicKeyPem }) => ({
    kid,
    alg,
    publicKeyPem,
  }));
  return {
    status: 'exported',
    job: { ...job },
    headers: headersOf(download),
    keys,
    sha256: hexOf(digest),
    content: packed(download.bytes),
  };
}

/** A job of an earlier attempt is as good: asking again would start another (D-11). */
async function jobFor({ intended, environmentKey }: World, { from, to }: Period): Promise<string> {
  const { exports } = (await intended.listAuditExports()).value;
  const isSame = (one: string | null, other: string) => one !== null && Date.parse(one) === Date.parse(other);
  const earlier = exports.find(
    (job) =>
      job.status !== 'failed' &&
      job.environmentKey === environmentKey &&
      job.includeAnomalies &&
      job.includeRecommendations &&
      isSame(job.from, from) &&
      isSame(job.to, to),
  );
  if (earlier !== undefined) return earlier.id;
  const wish = { environmentKey, includeAnomalies: true, includeRecommendations: true, from, to };
  return (await intended.createAuditExport(wish)).value.id;
}

function headersOf({ contentType, reprDigest, signatureInput, signature }: AuditExportDownload) {
  return {
    'content-type': contentType,
    'repr-digest': reprDigest,
    'signature-input': signatureInput,
    signature,
  };
}
