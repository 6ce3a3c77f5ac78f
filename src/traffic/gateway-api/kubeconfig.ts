import { parse } from 'yaml';
import { z } from 'zod';
import { problemsOf } from '../../domain/problems.ts';
import { isThisMachine } from '../../domain/address.ts';
import type { ClusterAccess } from './access.ts';

/** A kubeconfig that cannot be used. The message says what to change, and repeats of it names alone. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

const named = <Member extends string, Shape extends z.ZodType>(member: Member, shape: Shape) =>
  z.array(z.object({ name: z.string(), [member]: shape } as Record<'name', z.ZodString> & Record<Member, Shape>));

const pem = z.base64().transform((text) => Buffer.from(text, 'base64').toString('utf8'));
const settings = z.record(z.string(), z.unknown());

const kubeconfig = z.object({
  'current-context': z.string().optional(),
  contexts: named('context', z.object({ cluster: z.string(), user: z.string() })),
  clusters: named('cluster', settings),
  users: named('user', settings.nullish()),
});

const cluster = z.object({ server: z.url({ protocol: /^https?$/ }), 'certificate-authority-data': pem.optional() });
const user = z.object({
  token: z.string().min(1).optional(),
  'client-certificate-data': pem.optional(),
  'client-key-data': pem.optional(),
});

const KNOWN = [...Object.keys(cluster.shape), ...Object.keys(user.shape), 'extensions', 'disable-compression'];
const OWN_ACCOUNT = 'give golive a service account of its own, with a token';
const FLATTEN = 'write it out with `kubectl config view --raw --flatten`';

/** What people have in a kubeconfig that would be ignored otherwise, and what to do instead. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  exec: `has credentials from a program: ${OWN_ACCOUNT}, or run \`kubectl proxy\` beside it`,
  'auth-provider': `has credentials from a provider: ${OWN_ACCOUNT}, or run \`kubectl proxy\` beside it`,
  username: `has a password: ${OWN_ACCOUNT}`,
  password: `has a password: ${OWN_ACCOUNT}`,
  as: `acts in the name of somebody else: ${OWN_ACCOUNT}`,
  'insecure-skip-tls-verify': 'does not verify the server: name its certificate authority',
  tokenFile: `names a file: ${FLATTEN}`,
  'certificate-authority': `names a file: ${FLATTEN}`,
  'client-certificate': `names a file: ${FLATTEN}`,
  'client-key': `names a file: ${FLATTEN}`,
};

/**
 * The access that a kubeconfig describes, under its current context or another one.
 * @throws {KubeconfigError} when something is missing, or there is something that would have to be ignored.
 */
export function parseKubeconfig(text: string, context?: string): ClusterAccess {
  const config = fitting('the kubeconfig', kubeconfig, parsed(text));
  const chosen = context ?? config['current-context'];
  if (chosen === undefined) throw new KubeconfigError('the kubeconfig has no current context: name one');
  const { cluster: clusterName, user: userName } = called(config.contexts, 'context', chosen).context;
  const clusterSettings = called(config.clusters, 'cluster', clusterName).cluster;
  const userSettings = called(config.users, 'user', userName).user ?? {};
  assertSupported(`cluster ${clusterName}`, clusterSettings);
  assertSupported(`user ${userName}`, userSettings);
  const { server, 'certificate-authority-data': certificateAuthority } = fitting(
    `cluster ${clusterName}`,
    cluster,
    clusterSettings,
  );
  const caller = callerOf(`user ${userName}`, fitting(`user ${userName}`, user, userSettings));
  assertPrivate(server, caller);
  return { server, caller, ...(certificateAuthority === undefined ? {} : { certificateAuthority }) };
}

function callerOf(who: string, found: z.output<typeof user>): ClusterAccess['caller'] {
  const { token, 'client-certificate-data': certificate, 'client-key-data': key } = found;
  if ((certificate === undefined) !== (key === undefined)) {
    throw new KubeconfigError(`${who} has a certificate without its key, or a key without its certificate`);
  }
  if (token !== undefined && certificate !== undefined) {
    throw new KubeconfigError(`${who} has both a token and a certificate`);
  }
  if (token !== undefined) return { token };
  return certificate === undefined || key === undefined ? 'nobody' : { certificate, key };
}

/** Without TLS only `kubectl proxy` on this machine is spoken to, which needs no credentials. */
function assertPrivate(server: string, caller: ClusterAccess['caller']): void {
  const { protocol, hostname } = new URL(server);
  if (protocol === 'https:') return;
  if (caller === 'nobody' && isThisMachine(hostname)) return;
  throw new KubeconfigError('the server must be called by https, unless it is `kubectl proxy` on this machine');
}

function assertSupported(what: string, settings: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(settings)) {
    if (KNOWN.includes(name) || value === false || value === '' || value === null) continue;
    throw new KubeconfigError(`${what} ${UNSUPPORTED[name] ?? `has "${name}", which golive does not know`}`);
  }
}

function called<Item extends { readonly name: string }>(items: readonly Item[], what: string, name: string): Item {
  const item = items.find((one) => one.name === name);
  if (item === undefined) throw new KubeconfigError(`the kubeconfig has no ${what} ${name}`);
  return item;
}

function fitting<Shape extends z.ZodType>(what: string, shape: Shape, value: unknown): z.output<Shape> {
  const { success, data, error } = shape.safeParse(value);
  if (success) return data;
  throw new KubeconfigError(`${what}: ${problemsOf(error).join('; ')}`);
}

function parsed(text: string): unknown {
  try {
    // The library's pretty messages quote the faulty line.
    return parse(text, { prettyErrors: false });
  } catch {
    throw new KubeconfigError('the kubeconfig is not YAML');
  }
}
