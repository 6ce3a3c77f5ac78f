import { hexOf } from './digest.ts';
import type { Digest } from '../domain/verdict.ts';

/** Where things lie in the folder of a run, which is the bundle once it is sealed. */
export const MANIFEST = 'manifest.json';
/** A DSSE envelope over an in-toto Statement about the manifest (`statement.ts`). */
export const ENVELOPE = 'manifest.dsse.json';
/** An RFC 3161 token over the envelope, where an authority is configured. */
export const TIME_STAMP = 'manifest.dsse.json.tsr';
export const JOURNAL = 'journal.jsonl';
export const PLAN = 'plan.json';
export const PROGRESS = 'progress.json';
/** What sealed the bundle (`software.ts`). */
export const SOFTWARE = 'software/identity.json';
/** Its parts, as CycloneDX; where there is none, `software/identity.json` says why. */
export const SBOM = 'software/sbom.cdx.json';
/** Which rollout of its tenant and environment it is, and the bundle before it (`succession.ts`). */
export const PREVIOUS = 'previous.json';
/** The platform's own audit log of the run's time, or why it is absent (`exports.ts`). */
export const AUDIT = 'audit/export.json';
/** Temporal's history of the run up to the seal, or why it is absent (`exports.ts`). */
export const HISTORY = 'history/history.json';
/** For people; made from the files beside it before the manifest, which lists it. */
export const REPORT = 'report.html';

/** How to verify the bundle without golive: for people, and for a shell. */
export const MANUAL = 'VERIFY.md';
export const SCRIPT = 'verify.sh';

/** What comes after the manifest, and so is not listed in it. */
export const AFTER_MANIFEST: readonly string[] = [ENVELOPE, TIME_STAMP];

/** Facts are named by what they are, so that keeping the same twice keeps them once. */
export function factsPath(digest: Digest): string {
  return `facts/${hexOf(digest)}.json`;
}

/** Raw samples, in chunks that each name the one before. */
export function samplesPath(digest: Digest): string {
  return `metrics/${hexOf(digest)}.json`;
}

/** Decisions as they were signed, byte for byte, by the hex digits of their id. */
export function approvalPath(id: Digest): string {
  return `approvals/${hexOf(id)}.jws`;
}

/** The keys in force when a decision was verified. */
export function keySetPath(digest: Digest): string {
  return `approvals/keys-${hexOf(digest)}.json`;
}

/** Where it is kept that a decision was used: beside the runs of a tenant and environment, because it counts once in all of them. */
export function receiptPath({ tenant, environment }: { tenant: string; environment: string }, id: Digest): string {
  return `${tenant}/${environment}/decisions/${hexOf(id)}.json`;
}

/** Where it is kept how far a run may go. Not in its folder: a call can name any folder, but the run's id is Temporal's word. */
export function standingPath(
  { tenant, environment }: { tenant: string; environment: string },
  runId: string,
  standing: 'begun' | 'stopped',
): string {
  return `${tenant}/${environment}/runs/${runId}/${standing}.json`;
}

/** A tenant's and environment's bundles, by the number of the rollout: each run claims the next one before it is sealed. */
export function claimPath(place: { tenant: string; environment: string }, number: number): string {
  return `${claimsFolder(place)}/${number}.json`;
}

/** That the bundle with this number was sealed: what reading it back found. */
export function sealPath(place: { tenant: string; environment: string }, number: number): string {
  return `${claimsFolder(place)}/${number}.sealed.json`;
}

export function claimsFolder({ tenant, environment }: { tenant: string; environment: string }): string {
  return `${tenant}/${environment}/bundles`;
}

export const FILE_ROLES = [
  'plan',
  'progress',
  'software',
  'journal',
  'facts',
  'metrics',
  'approval',
  'previous',
  'audit',
  'history',
  'report',
  'manual',
  'other',
] as const;
export type FileRole = (typeof FILE_ROLES)[number];

const ROLES: Readonly<Record<string, FileRole>> = {
  [PLAN]: 'plan',
  [PROGRESS]: 'progress',
  [JOURNAL]: 'journal',
  [PREVIOUS]: 'previous',
  [REPORT]: 'report',
  [MANUAL]: 'manual',
  [SCRIPT]: 'manual',
  software: 'software',
  facts: 'facts',
  metrics: 'metrics',
  approvals: 'approval',
  audit: 'audit',
  history: 'history',
};

/** What a file of a bundle is for, by its name or by the folder it lies in. */
export function roleOf(path: string): FileRole {
  const [first = ''] = path.split('/');
  return (Object.hasOwn(ROLES, first) ? ROLES[first] : undefined) ?? 'other';
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  json: 'application/json',
  jsonl: 'application/jsonl',
  jws: 'application/jose',
  html: 'text/html; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  sh: 'application/x-sh',
};

export function mediaTypeOf(path: string): string {
  const ending = path.slice(path.lastIndexOf('.') + 1);
  return (Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined) ?? 'application/octet-stream';
}
