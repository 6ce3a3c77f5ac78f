import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Agent } from 'undici';
import { verifiedAgent } from '../../http/agent.ts';
import { TrafficError } from '../port.ts';

/** What it takes to call one API server. */
export interface ClusterAccess {
  readonly server: string;
  /** PEM; the public authorities where there is none. */
  readonly certificateAuthority?: string;
  /** `nobody` stands behind `kubectl proxy`, which calls in its own name. */
  readonly caller: { readonly token: string } | { readonly certificate: string; readonly key: string } | 'nobody';
}

/** Where Kubernetes puts what a pod needs, and the server's name within the cluster. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const IN_CLUSTER = 'https://kubernetes.default.svc';

/**
 * The access of the pod that this runs in. Its files are read anew every time, because Kubernetes replaces the token.
 * @throws {TrafficError} when they cannot be read
 */
export async function serviceAccount(directory = SERVICE_ACCOUNT, server = IN_CLUSTER): Promise<ClusterAccess> {
  try {
    const [token, certificateAuthority] = await Promise.all(
      ['token', 'ca.crt'].map(async (file) => (await readFile(join(directory, file), 'utf8')).trim()),
    );
    if (!token || !certificateAuthority) throw new Error('empty');
    return { server, certificateAuthority, caller: { token } };
  } catch {
    throw new TrafficError('refused', 'the token and the authority of the service account cannot be read');
  }
}

/** A connection to the server for one call: the next one may come with another token and another authority. */
export function connectionTo({ certificateAuthority, caller }: ClusterAccess): Agent {
  return verifiedAgent({
    connections: 1,
    ...(certificateAuthority === undefined ? {} : { authorities: [certificateAuthority] }),
    ...(caller !== 'nobody' && 'key' in caller ? { identity: caller } : {}),
  });
}

export function authorizationOf({ caller }: ClusterAccess): { readonly authorization?: string } {
  return caller !== 'nobody' && 'token' in caller ? { authorization: `Bearer ${caller.token}` } : {};
}
