import { hexOf } from './digest.ts';
import type { Digest } from '../domain/verdict.ts';

/** Where things lie in the folder of a run, which is the bundle once it is sealed. */
export const MANIFEST = 'manifest.json';
export const JOURNAL = 'journal.jsonl';
export const PLAN = 'plan.json';
export const PROGRESS = 'progress.json';
export const SOFTWARE = 'software.json';

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

export const FILE_ROLES = ['plan', 'progress', 'software', 'journal', 'facts', 'metrics', 'approval', 'other'] as const;
export type FileRole = (typeof FILE_ROLES)[number];

const ROLES: Readonly<Record<string, FileRole>> = {
  [PLAN]: 'plan',
  [PROGRESS]: 'progress',
  [SOFTWARE]: 'software',
  [JOURNAL]: 'journal',
  facts: 'facts',
  metrics: 'metrics',
  approvals: 'approval',
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
};

export function mediaTypeOf(path: string): string {
  const ending = path.slice(path.lastIndexOf('.') + 1);
  return (Object.hasOwn(MEDIA_TYPES, ending) ? MEDIA_TYPES[ending] : undefined) ?? 'application/octet-stream';
}
