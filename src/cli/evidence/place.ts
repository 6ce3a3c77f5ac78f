import type { KeyObject } from 'node:crypto';
import { readKeySet, type KeySet } from '../../approvals/key-set.ts';
import { readPublicKey } from '../../evidence/dsse.ts';
import type { BundleFiles, BundleProblem } from '../../evidence/inspect.ts';
import { EvidenceProblem } from '../../evidence/problem.ts';
import { openS3Store } from '../../evidence/s3/s3-store.ts';
import { readFolder } from '../../evidence/folder.ts';
import { EXIT } from '../exit-codes.ts';
import { refuseEmptyPath } from '../file-problems.ts';
import { readText } from '../read-text.ts';
import { CommandFailed, type Surroundings } from '../surroundings.ts';

const BUCKET = /^s3:\/\/([^/]+)\/(.+?)\/?$/;

/**
 * The bundle at a path, or at `s3://bucket/path` with credentials as AWS tools take them from the environment. What is not a
 * file in it is a problem of the bundle.
 * @throws {CommandFailed} when there is nothing to read
 */
export async function bundleAt(
  place: string,
  { env }: Pick<Surroundings, 'env'>,
): Promise<{ readonly bundle: BundleFiles; readonly problems: readonly BundleProblem[] }> {
  const [, bucket, path] = BUCKET.exec(place) ?? [];
  if (bucket !== undefined && path !== undefined) return { bundle: await bucketAt(bucket, path, env), problems: [] };
  refuseEmptyPath(place);
  try {
    return await readFolder(place);
  } catch {
    throw new CommandFailed(`${place} cannot be read: name the directory of a bundle.`, EXIT.usage);
  }
}

/** @throws {CommandFailed} when the file is no public key */
export async function publicKeyIn(file: string): Promise<KeyObject> {
  const pem = await readText(file);
  try {
    return readPublicKey(pem);
  } catch {
    throw new CommandFailed(`${file} is not a public key on the curve P-256 in PEM.`, EXIT.usage);
  }
}

/** @throws {CommandFailed} when the file is no set of public keys */
export async function keySetIn(file: string): Promise<KeySet> {
  const keys = readKeySet(parsed(await readText(file)));
  if (keys !== undefined) return keys;
  throw new CommandFailed(`${file} is not a set of public keys (JWK).`, EXIT.usage);
}

async function bucketAt(bucket: string, path: string, env: NodeJS.ProcessEnv): Promise<BundleFiles> {
  const region = env['AWS_REGION'] ?? 'us-east-1';
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new CommandFailed('Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to read from a bucket.', EXIT.usage);
  const sessionToken = env['AWS_SESSION_TOKEN'];
  const store = openS3Store({
    endpoint: env['AWS_ENDPOINT_URL'] ?? `https://s3.${region}.amazonaws.com`,
    region,
    bucket,
    prefix: '',
    accessKeyId,
    secretAccessKey,
    objectLock: 'none',
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  const stored = await reading(store.list(path));
  if (stored.length === 0) throw new CommandFailed(`s3://${bucket}/${path} is empty.`, EXIT.usage);
  const files = stored.map((file) => ({ ...file, path: file.path.slice(path.length + 1) }));
  return { files, read: (file) => reading(store.read(`${path}/${file}`)) };
}

async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof EvidenceProblem)) throw error;
    throw new CommandFailed(`The bucket cannot be read: ${error.message}.`, EXIT.unreachable);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
