import type { Profile } from '../domain/profile-schema.ts';
import { openIntendedClient, type IntendedClient } from '../intended/client.ts';
import { openCommandLine, type CommandLine } from '../intended/meritt.ts';
import { prometheusApi, type PrometheusApi } from '../metrics/prometheus-api.ts';
import type { MetricSource } from '../metrics/source.ts';
import type { TrafficPort } from '../traffic/port.ts';
import { openMetricSource } from './metric-source.ts';
import { openTraffic } from './router.ts';

/** Which tenant a call is about, and where the facts of this run are kept. */
export interface Scope {
  readonly profile: string;
  readonly tenant: string;
  readonly environment: string;
  /** The run's folder in the evidence store. */
  readonly folder: string;
}

/** The outside of one tenant, ready to be called. */
export interface World {
  readonly profile: Profile;
  /** The platform's word for the environment. */
  readonly environmentKey: string;
  readonly intended: IntendedClient;
  readonly staging: IntendedClient;
  /** The platform's command line, where the profile has one. */
  readonly commandLine: CommandLine | undefined;
  readonly traffic: TrafficPort;
  readonly metrics: MetricSource;
  readonly monitoring: PrometheusApi;
}

/** Opens the outside of a tenant once and hands it out from then on. */
export type Worlds = (scope: Pick<Scope, 'profile' | 'tenant' | 'environment'>) => World;

export function openWorlds(profiles: Readonly<Record<string, Profile>>): Worlds {
  const open = new Map<string, World>();
  return ({ profile: name, tenant, environment }) => {
    const key = JSON.stringify([name, tenant, environment]);
    const known = open.get(key);
    if (known !== undefined) return known;
    const profile = profiles[name];
    if (profile === undefined) throw new Error(`this worker has no profile ${name}`);
    const world = openWorld(profile, tenant, environment);
    open.set(key, world);
    return world;
  };
}

function openWorld(profile: Profile, tenant: string, environment: string): World {
  const { intended, traffic, metrics, monitoring } = profile;
  const { services, paths, certificateAuthority, authorityToken } = intended;
  const shared = { services, paths, certificateAuthority, authorityKeyAlgorithms: authorityToken.algorithms };
  const environmentKey = profile.environments[environment] ?? environment;
  const source = openMetricSource(metrics, { tenant, environment: environmentKey });
  return {
    profile,
    environmentKey,
    intended: openIntendedClient({ ...shared, baseUrl: intended.baseUrl, tenantId: tenant, apiKey: intended.apiKey }),
    staging: openIntendedClient({
      ...shared,
      baseUrl: intended.staging.baseUrl,
      tenantId: intended.staging.tenant,
      apiKey: intended.staging.apiKey,
    }),
    commandLine: commandLineOf(intended, environment),
    traffic: openTraffic(traffic, source),
    metrics: source,
    monitoring: prometheusApi({ url: monitoring.url, token: monitoring.token }),
  };
}

/** The command line takes the plan's word for the environment, where the API takes the platform's. */
function commandLineOf({ cli, apiKey, staging }: Profile['intended'], environment: string): CommandLine | undefined {
  if (cli === undefined) return undefined;
  const { binary, environments, environmentVariables, timeout } = cli;
  return openCommandLine({
    binary,
    environment: environments[environment] ?? environment,
    variables: environmentVariables,
    secrets: [apiKey, staging.apiKey],
    timeoutMs: timeout,
  });
}
