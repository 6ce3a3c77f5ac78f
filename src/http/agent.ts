import { rootCertificates } from 'node:tls';
import { Agent } from 'undici';

export interface AgentOptions {
  /** Open connections at one time to each address; as many as there are calls where it is left out. */
  readonly connections?: number;
  /** How long one attempt to connect may take, in milliseconds. */
  readonly connectTimeoutMs?: number;
  /** PEM of who vouches for the other end; the public authorities where it is left out. */
  readonly authorities?: readonly string[];
  /** PEM of what we show of ourselves. */
  readonly identity?: { readonly certificate: string; readonly key: string };
}

/** Connections whose other end is verified, whatever the environment says. How long a call may take is for `within` to say. */
export function verifiedAgent({ connections, connectTimeoutMs, authorities, identity }: AgentOptions = {}): Agent {
  return new Agent({
    ...(connections === undefined ? {} : { connections }),
    pipelining: 1,
    allowH2: false,
    // One deadline covers everything; undici's own would be per phase, and per chunk for bodies.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: {
      ...(connectTimeoutMs === undefined ? {} : { timeout: connectTimeoutMs }),
      // Said out loud so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot turn it off.
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(authorities === undefined ? {} : { ca: [...authorities] }),
      ...(identity === undefined ? {} : { cert: identity.certificate, key: identity.key }),
    },
  });
}

/** A private authority in PEM, trusted beside the public ones. */
export function besidePublicOnes(authority: string | undefined): Pick<AgentOptions, 'authorities'> {
  return authority === undefined ? {} : { authorities: [...rootCertificates, authority] };
}
