import { z } from 'zod';
import type { Digest } from '../domain/verdict.ts';
import { decodeCanonical, digestSchema, encodeCanonical } from './canonical.ts';
import { hexOf } from './digest.ts';
import { MANIFEST, PLAN } from './layout.ts';
import { FORMAT } from './manifest.ts';
import { OUTCOMES } from '../domain/run.ts';
import type { SoftwareIdentity } from './software.ts';

export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'https://intended.so/golive-evidence/v1';
/** The type of the payload in the envelope. */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

const hex = z.string().regex(/^[0-9a-f]{64}$/);

const predicate = z.strictObject({
  format: z.literal(FORMAT),
  /** Workflow id. */
  golive: z.string().min(1),
  tenant: z.string().min(1),
  environment: z.string().min(1),
  outcome: z.enum(OUTCOMES),
  rehearsal: z.boolean(),
  /** ISO 8601 in UTC, both by the workflow's clock: the first and the last entry of the journal. */
  startedAt: z.string(),
  endedAt: z.string(),
  /** Counts the rollouts of this tenant and environment from 1. */
  number: z.int().min(1),
  /** The bundle before; null for the first one, its manifest null where it was not sealed by then. */
  previous: z
    .strictObject({ number: z.int().min(1), folder: z.string().min(1), manifest: digestSchema.nullable() })
    .nullable(),
  plan: digestSchema,
  /** The versions that were planned to be active; `content` is null where the platform did not tell its digest. */
  policies: z.array(z.strictObject({ pack: z.string(), version: z.string(), content: digestSchema.nullable() })),
  journal: z.strictObject({ sequence: z.int().min(1), digest: digestSchema }),
  software: z.strictObject({
    version: z.string(),
    node: z.string(),
    workflowBundle: z.string(),
    /** Null where the bundle says why there is none. */
    sbom: digestSchema.nullable(),
  }),
});

const statementSchema = z.strictObject({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.strictObject({ name: z.string().min(1), digest: z.strictObject({ sha256: hex }) })).min(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate,
});

/** What the operator signs about a bundle. */
export type Predicate = Readonly<z.output<typeof predicate>>;
/** An in-toto Statement v1. Its subjects are `manifest.json`, `plan.json` and `policy/<pack>/<version>`. */
export type Statement = Readonly<z.output<typeof statementSchema>>;
export type PolicyContent = Predicate['policies'][number];

/** What sealed a bundle, as its statement says it: a missing bill of materials is explained in the bundle alone. */
export function softwareSaid(identity: SoftwareIdentity): Predicate['software'] {
  return { ...identity, sbom: typeof identity.sbom === 'string' ? identity.sbom : null };
}

/** The statement about a bundle with this manifest. */
export function statementOf(manifest: Digest, said: Predicate): Statement {
  const contents = said.policies.flatMap(({ pack, version, content }) =>
    content === null ? [] : [{ name: `policy/${pack}/${version}`, digest: content }],
  );
  const subjects = [{ name: MANIFEST, digest: manifest }, { name: PLAN, digest: said.plan }, ...contents];
  return {
    _type: STATEMENT_TYPE,
    subject: subjects.map(({ name, digest: of }) => ({ name, digest: { sha256: hexOf(of) } })),
    predicateType: PREDICATE_TYPE,
    predicate: said,
  };
}

export function encodeStatement(statement: Statement): Uint8Array {
  return encodeCanonical(statement);
}

/** Reads a statement of ours strictly; undefined when it cannot be one. */
export function decodeStatement(payload: Uint8Array): Statement | undefined {
  return decodeCanonical(statementSchema, payload);
}
