import type { KeyObject } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Plan } from '../../domain/plan-schema.ts';
import { encodeCanonical } from '../canonical.ts';
import { chainOfBytes } from '../chain.ts';
import { readPlan } from '../contents/contents.ts';
import { digestOfBytes, hexOf } from '../digest.ts';
import { decodeEnvelope, fingerprintOf, isSignedBy, type Envelope } from '../dsse.ts';
import type { BundleFiles } from '../inspect.ts';
import { ENVELOPE, JOURNAL, MANIFEST, PLAN, PREVIOUS, SOFTWARE, TIME_STAMP } from '../layout.ts';
import { decodeManifest } from '../manifest.ts';
import { decodeSoftware } from '../software.ts';
import {
  decodeStatement,
  PAYLOAD_TYPE,
  softwareSaid,
  statementOf,
  type Predicate,
  type Statement,
} from '../statement.ts';
import { decodeClaim } from '../succession.ts';
import { ruled, unruled, type Ruling } from './ruling.ts';

/** Who sealed the bundle, and that what was signed is what lies beside it. */
export async function signatureOf(bundle: BundleFiles, publicKey: KeyObject | undefined): Promise<Ruling> {
  const has = (wanted: string) => bundle.files.some(({ path }) => path === wanted);
  if (!has(ENVELOPE)) {
    return publicKey === undefined
      ? unruled('seal', 'Who sealed it: nobody signed this bundle, which only rehearsals may do.')
      : broken('is missing: nobody signed this bundle');
  }
  const bytes = await bundle.read(ENVELOPE);
  const envelope = decodeEnvelope(bytes);
  if (typeof envelope === 'string') return broken(envelope);
  if (!isAsWritten(envelope, bytes)) return broken('is not written as it was sealed');
  const statement = envelope.payloadType === PAYLOAD_TYPE ? decodeStatement(envelope.payload) : undefined;
  if (statement === undefined) return broken('signs something that is no statement about evidence');
  const other = await whatDiffers(statement, bundle);
  if (other !== undefined) return broken(`says another ${other} than the files beside it`);
  const open = has(TIME_STAMP)
    ? [`When it was sealed, by somebody else's clock: see \`openssl ts\` in VERIFY.md.`]
    : [];
  return publicKey === undefined
    ? unruled('seal', 'Who sealed it: name the public key of the service with --key.', ...open)
    : signed(envelope, statement, publicKey, open);
}

function signed(envelope: Envelope, { predicate }: Statement, publicKey: KeyObject, open: readonly string[]): Ruling {
  const fingerprint = fingerprintOf(publicKey);
  if (!isSignedBy(envelope, publicKey)) return broken('was not signed with this key');
  if (!envelope.signatures.some(({ keyId }) => keyId === fingerprint))
    return broken('names another key than the one that signed it');
  const { number, tenant, environment } = predicate;
  const says = [
    `It was sealed by whoever holds the key ${fingerprint}, as rollout ${number} of ${tenant}/${environment}.`,
  ];
  return ruled('seal', [], { says, open });
}

function broken(why: string): Ruling {
  return ruled('seal', [{ path: ENVELOPE, why }]);
}

/** What an envelope does not sign, the key ids and its own spelling, is compared instead: nothing in it changes unseen. */
function isAsWritten({ payload, payloadType, signatures }: Envelope, bytes: Uint8Array): boolean {
  const again = encodeCanonical({
    payload: Buffer.from(payload).toString('base64'),
    payloadType,
    signatures: signatures.map(({ keyId, signature }) => ({
      keyid: keyId,
      sig: Buffer.from(signature).toString('base64'),
    })),
  });
  return Buffer.from(again).equals(bytes);
}

/** The first thing that the statement says otherwise than the bundle. */
async function whatDiffers({ subject, predicate }: Statement, bundle: BundleFiles): Promise<string | undefined> {
  const bytes = await bundle.read(MANIFEST);
  const manifest = decodeManifest(bytes);
  const claim = bundle.files.some(({ path }) => path === PREVIOUS)
    ? decodeClaim(await bundle.read(PREVIOUS))
    : undefined;
  if (typeof manifest === 'string') return 'manifest';
  const { links } = chainOfBytes(await bundle.read(JOURNAL));
  const planBytes = await bundle.read(PLAN);
  const planDigest = digestOfBytes(planBytes);
  const plan = readPlan(planBytes)?.plan;
  const last = links.at(-1);
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['manifest', subjectOf(subject, MANIFEST), hexOf(digestOfBytes(bytes))],
    ['plan', [subjectOf(subject, PLAN), predicate.plan], [hexOf(planDigest), planDigest]],
    ['subject', subject, statementOf(digestOfBytes(bytes), predicate).subject],
    ['tenant', [predicate.tenant, predicate.environment], [plan?.tenant, plan?.environment]],
    ['choice of policies', versionsIn(predicate), versionsWanted(plan)],
    ['software', predicate.software, softwareIn(await bundle.read(SOFTWARE))],
    ['go-live', predicate.golive, manifest.golive],
    ['outcome', predicate.outcome, manifest.outcome],
    ['word on the rehearsal', predicate.rehearsal, manifest.rehearsal],
    ['journal', predicate.journal, { sequence: links.length, digest: last?.digest }],
    ['beginning', predicate.startedAt, links[0]?.entry['at']],
    ['end', predicate.endedAt, last?.entry['at']],
    ['rollout', [predicate.number, predicate.previous], [claim?.number, claim?.previous]],
  ];
  return pairs.find(([, said, found]) => !isDeepStrictEqual(said, found))?.[0];
}

function versionsIn({ policies }: Predicate): readonly string[] {
  return policies.map(({ pack, version }) => `${pack}/${version}`).toSorted();
}

function versionsWanted(plan: Plan | undefined): readonly string[] {
  return Object.entries(plan?.policy.active ?? {})
    .map(([pack, version]) => `${pack}/${version}`)
    .toSorted();
}

function softwareIn(bytes: Uint8Array): Predicate['software'] | undefined {
  const identity = decodeSoftware(bytes);
  return identity && softwareSaid(identity);
}

function subjectOf(subjects: Statement['subject'], wanted: string): string | undefined {
  return subjects.find(({ name }) => name === wanted)?.digest.sha256;
}
