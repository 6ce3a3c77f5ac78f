import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { ALERTS } from './monitoring.ts';
import { SERVICES } from './platform/health.ts';
import { ADAPTER_ID } from './platform/emergency.ts';
import { GOLIVE_SCOPES, PRODUCTION, PRODUCTION_SCOPES, STAGING } from './platform/world.ts';
import type { Sandbox } from './sandbox.ts';

/** Where golive finds this sandbox. */
export interface Home {
  readonly config: string;
  readonly controlToken: string;
  /** The set of the approvers' public keys, for whoever makes keys to add to; null where nobody signs. */
  readonly approverKeys: string | null;
  /** The public half of the key that signs evidence, as `openssl` takes it. */
  readonly evidenceKey: string;
}

/** Whose decisions golive is to believe: everybody's, or those signed with a key of {@link Home.approverKeys}. */
export type Approvals = 'namespace' | 'signed';

const PROFILE = 'sandbox';
/** Vouches for the people of the sandbox. */
export const ISSUER = 'https://login.acme.example';

/**
 * Writes what golive needs to run against this sandbox: `golive.yaml`, the secrets it refers to (readable by their owner
 * only) and `sandbox.json`. All paths in them are absolute.
 */
export async function writeHome(
  directory: string,
  sandbox: Sandbox,
  approvals: Approvals = 'namespace',
): Promise<Home> {
  const home = resolve(directory);
  const keys = join(home, 'keys');
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const secret = async (name: string, text: string) => {
    const file = join(keys, name);
    await writeFile(file, text, { mode: 0o600 });
    return { file };
  };
  const files = {
    intended: await secret('intended-api-key', sandbox.secrets.golive),
    staging: await secret('intended-staging-api-key', sandbox.secrets.staging),
    router: await secret('router-token', sandbox.secrets.router),
    monitoring: await secret('monitoring-token', sandbox.secrets.monitoring),
    webhook: await secret('pager-url', `${sandbox.url}/pager`),
    routing: await secret('pager-routing-key', sandbox.secrets.pager),
    control: await secret('control-token', sandbox.secrets.control),
  };
  const signing = await evidenceKeys(keys);
  // For whoever looks whether something of a token was written anywhere.
  await secret('token-memo', sandbox.secrets.memo);
  const config = join(home, 'golive.yaml');
  const approverKeys = approvals === 'signed' ? join(home, 'approvers.jwks.json') : null;
  await writeFile(
    config,
    stringify({
      approvals: approvalsOf(approverKeys),
      ...configOf(sandbox.url, home, { ...files, signing: { file: signing.private } }),
    }),
  );
  const ours = { config, controlToken: files.control.file, approverKeys, evidenceKey: signing.public };
  const facts = { url: sandbox.url, control: `${sandbox.url}/control`, ...ours, pid: process.pid };
  await writeFile(join(home, 'sandbox.json'), `${JSON.stringify(facts, null, 2)}\n`);
  return ours;
}

/** The same over the life of the home: what was sealed before must stay verifiable, and a seal begun before be finished. */
async function evidenceKeys(directory: string): Promise<{ readonly private: string; readonly public: string }> {
  const files = { private: join(directory, 'evidence.pem'), public: join(directory, 'evidence.pub') };
  const pem = await readFile(files.private, 'utf8').catch(() => newSigningKey());
  await writeFile(files.private, pem, { mode: 0o600 });
  await writeFile(files.public, createPublicKey(pem).export({ type: 'spki', format: 'pem' }));
  return files;
}

function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

interface SecretFile {
  readonly file: string;
}

interface SecretFiles {
  readonly intended: SecretFile;
  readonly staging: SecretFile;
  readonly router: SecretFile;
  readonly monitoring: SecretFile;
  readonly webhook: SecretFile;
  readonly routing: SecretFile;
  readonly signing: SecretFile;
}

function configOf(url: string, home: string, files: SecretFiles): object {
  return {
    evidence: { store: { kind: 'file', directory: join(home, 'evidence') }, signingKey: files.signing },
    paging: [
      { kind: 'webhook', url: files.webhook },
      { kind: 'pagerduty', routingKey: files.routing, url: `${url}/pagerduty/v2/enqueue` },
    ],
    profiles: {
      [PROFILE]: {
        rehearsal: true,
        tenants: [PRODUCTION.tenantId],
        environments: { production: PRODUCTION.environmentKey },
        intended: intendedOf(url, files),
        traffic: { kind: 'http', url: `${url}/router/share`, token: files.router, lease: '60s' },
        metrics: {
          kind: 'openmetrics',
          targets: [`${url}/router/metrics`],
          names: {
            requests: 'golive_requests_total',
            duration: 'golive_request_duration_seconds',
            routed: 'golive_routed_requests_total',
          },
        },
        monitoring: {
          kind: 'prometheus',
          url: `${url}/prometheus`,
          token: files.monitoring,
          alerts: Object.fromEntries(Object.entries(ALERTS).map(([subject, { name }]) => [subject, name])),
        },
      },
    },
  };
}

function approvalsOf(approverKeys: string | null): object {
  if (approverKeys === null) return { mode: 'namespace' };
  const issuer = { issuer: ISSUER, algorithms: ['EdDSA', 'ES256'], keys: { file: approverKeys } };
  return { mode: 'signed', issuers: [issuer] };
}

function intendedOf(url: string, files: SecretFiles): object {
  return {
    baseUrl: url,
    apiKey: files.intended,
    services: Object.fromEntries(SERVICES.map((service) => [service, `${url}/services/${service}`])),
    authorityToken: {
      issuer: 'intended:runtime',
      audience: ADAPTER_ID,
      type: 'authority+jwt',
      algorithms: ['RS256'],
      clockTolerance: '30s',
      longestLife: '600s',
    },
    probe: {
      actor: { id: 'golive-probe', type: 'service' },
      target: { owner: 'golive', repo: 'no-op', ref: 'refs/heads/main', workflowId: 'golive-probe.yml' },
      allowed: { proposedAction: 'golive.probe.allow' },
      denied: { proposedAction: 'golive.probe.deny' },
      versioned: { proposedAction: 'golive.probe.version.{versionId}' },
    },
    keys: {
      production: { scopes: [...PRODUCTION_SCOPES], longestLife: '90d' },
      own: { name: 'golive', scopes: [...GOLIVE_SCOPES] },
      maxAdmins: 5,
    },
    staging: { baseUrl: url, tenant: STAGING.tenantId, apiKey: files.staging },
    paths: {},
  };
}
