import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import {
  operatorConfigSchema,
  type EvidencePlace,
  type OperatorConfig,
  type Profile,
  type SecretLookup,
  type SecretReaders,
} from './domain/profile-schema.ts';
import { problemsOf } from './domain/problems.ts';
import type { ProfileRules } from './domain/profile-rules.ts';
import { openSigner } from './evidence/dsse.ts';
import { safeAddress } from './domain/address.ts';
import { baseOf } from './intended/call.ts';
import { resolvePaths } from './intended/routes.ts';
import { KubeconfigError, parseKubeconfig } from './traffic/gateway-api/kubeconfig.ts';

/** What this process is told by its environment and by the operator's `golive.yaml`, read once. */
export interface Config {
  readonly operator: OperatorConfig;
  /** Serves `/readyz` here when set. */
  readonly healthPort: number | undefined;
  /** Serves the worker's own metrics for Prometheus here, as `host:port`, when set. */
  readonly metricsAddress: string | undefined;
  readonly logLevel: string;
}

const LOG_LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
/** The bits of a file's mode for those who are neither its owner nor in its group. */
const EVERYBODY = 0o007;
/** Stands where a secret would. */
const UNREAD = 'unread';

/** The configuration cannot be used; the message says what to change and repeats no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads `GOLIVE_CONFIG` (default `golive.yaml`), `GOLIVE_HEALTH_PORT`, `GOLIVE_METRICS_ADDRESS` and `GOLIVE_LOG_LEVEL`.
 * @throws {ConfigError} with every problem at once
 */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const path = resolve(environment['GOLIVE_CONFIG'] || 'golive.yaml');
  const operator = readOperatorConfig(path, secretsOf(dirname(path), environment));
  assertAddresses(path, operator);
  assertKubeconfigs(path, operator.profiles);
  assertSigningKey(path, operator.evidence);
  const port = environment['GOLIVE_HEALTH_PORT'];
  const healthPort = port === undefined || port === '' ? undefined : Number(port);
  if (healthPort !== undefined && !(Number.isInteger(healthPort) && healthPort > 0 && healthPort < 65_536)) {
    throw new ConfigError('GOLIVE_HEALTH_PORT: must be a port number');
  }
  const metricsAddress = environment['GOLIVE_METRICS_ADDRESS'] || undefined;
  if (metricsAddress !== undefined && !/^[^:\s]+:\d{1,5}$/.test(metricsAddress)) {
    throw new ConfigError('GOLIVE_METRICS_ADDRESS: must be an address and a port, such as 127.0.0.1:9464');
  }
  const logLevel = environment['GOLIVE_LOG_LEVEL'] || 'info';
  if (!LOG_LEVELS.includes(logLevel))
    throw new ConfigError(`GOLIVE_LOG_LEVEL: must be one of ${LOG_LEVELS.join(', ')}`);
  return Object.freeze({ operator, healthPort, metricsAddress, logLevel });
}

/**
 * Reads what the operator's configuration at `path` allows, and looks no secret up: whoever writes plans need not have them.
 * @throws {ConfigError} with every problem at once
 */
export function readProfileRules(path: string): Readonly<Record<string, ProfileRules>> {
  return readOperatorConfig(resolve(path), () => UNREAD).profiles;
}

function readOperatorConfig(path: string, secrets: SecretLookup): OperatorConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new ConfigError(`${path}: cannot be read; copy golive.example.yaml there or set GOLIVE_CONFIG`);
  }
  const folder = dirname(path);
  const parsed = operatorConfigSchema(secrets).safeParse(parseYaml(path, text));
  if (!parsed.success) throw new ConfigError([`${path}:`, ...problemsOf(parsed.error)].join('\n  '));
  const { approvals, evidence } = parsed.data;
  return Object.freeze({
    ...parsed.data,
    evidence: { ...evidence, store: withPlaceIn(folder, evidence.store) },
    approvals: withKeysIn(folder, approvals),
  });
}

function withPlaceIn(folder: string, store: EvidencePlace): EvidencePlace {
  return store.kind === 'file' ? { ...store, directory: resolve(folder, store.directory) } : store;
}

/** A key that cannot sign is better found now than when there is something to sign, a day later. */
function assertSigningKey(path: string, { signingKey }: OperatorConfig['evidence']): void {
  if (signingKey === undefined) return;
  try {
    openSigner(signingKey);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new ConfigError(`${path}:\n  evidence.signingKey: ${error.message}`);
  }
}

/** An address that no secret may be sent to, or that cannot be one, is better found now than by the first check. */
function assertAddresses(path: string, { profiles, evidence: { store } }: OperatorConfig): void {
  const checks = Object.entries(profiles).flatMap(([name, profile]) => checksOf(`profiles.${name}`, profile));
  if (store.kind === 's3' && store.sessionToken !== undefined)
    checks.push(() => safeAddress('evidence.store.endpoint', store.endpoint));
  const found = checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return [error.message];
    }
  });
  if (found.length > 0) throw new ConfigError([`${path}:`, ...found].join('\n  '));
}

/** The platform is never asked without TLS; what stands beside it only where no credential goes along. */
function checksOf(place: string, { intended, traffic, metrics, monitoring }: Profile): (() => unknown)[] {
  const { baseUrl, staging, services, paths } = intended;
  const platform = { baseUrl, 'staging.baseUrl': staging.baseUrl };
  const named = Object.entries(services).map(([name, url]): [string, string] => [`services.${name}`, url]);
  const asked = Object.entries({ traffic, metrics, monitoring });
  return [
    () => resolvePaths(paths, `${place}.intended.paths`),
    ...[...Object.entries(platform), ...named].map(
      ([at, url]) =>
        () =>
          baseOf(`${place}.intended.${at}`, url),
    ),
    ...asked.map(([at, it]) => () => {
      if ('url' in it && it.token !== undefined) safeAddress(`${place}.${at}.url`, it.url);
    }),
  ];
}

/** A credential that cannot be used is better found now than when traffic is to be moved. */
function assertKubeconfigs(path: string, profiles: OperatorConfig['profiles']): void {
  for (const [name, { traffic }] of Object.entries(profiles)) {
    if (traffic.kind !== 'gateway-api' || traffic.access.kind !== 'kubeconfig') continue;
    try {
      parseKubeconfig(traffic.access.kubeconfig, traffic.access.context);
    } catch (error) {
      if (!(error instanceof KubeconfigError)) throw error;
      throw new ConfigError(`${path}:\n  profiles.${name}.traffic.access.kubeconfig: ${error.message}`);
    }
  }
}

/** Key files are relative to the configuration that names them, as everything else is. */
function withKeysIn(folder: string, approvals: OperatorConfig['approvals']): OperatorConfig['approvals'] {
  if (approvals.mode === 'namespace') return approvals;
  const issuers = approvals.issuers.map((issuer) => {
    const { keys } = issuer;
    return 'file' in keys ? { ...issuer, keys: { ...keys, file: resolve(folder, keys.file) } } : issuer;
  });
  return { ...approvals, issuers };
}

function parseYaml(path: string, text: string): unknown {
  try {
    // The library's pretty messages quote the faulty line, and a secret could stand in it.
    return parse(text, { prettyErrors: false });
  } catch (error) {
    throw new ConfigError(`${path}: ${error instanceof Error ? error.message : 'is not YAML'}`);
  }
}

/** Paths of secret files are relative to the configuration that names them. */
function secretsOf(folder: string, environment: NodeJS.ProcessEnv): SecretLookup {
  return (reference, readers) => {
    const secret =
      'env' in reference ? environment[reference.env] : readSecretFile(resolve(folder, reference.file), readers);
    if (secret === undefined || secret === '') {
      throw new ConfigError(
        'env' in reference ? `${reference.env} is not set` : `${reference.file} is empty or missing`,
      );
    }
    return secret;
  };
}

function readSecretFile(path: string, readers: SecretReaders): string | undefined {
  let secret: string;
  try {
    secret = readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
  if (readers === 'chosen' && (statSync(path).mode & EVERYBODY) !== 0)
    throw new ConfigError(`${path} is open to everybody on this machine; make it its owner's alone: chmod 600`);
  return secret;
}
