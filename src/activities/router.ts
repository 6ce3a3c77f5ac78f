import type { TrafficProfile } from '../domain/profile-schema.ts';
import type { MetricSource } from '../metrics/source.ts';
import { serviceAccount } from '../traffic/gateway-api/access.ts';
import { gatewayApiTraffic } from '../traffic/gateway-api/gateway-api.ts';
import { parseKubeconfig } from '../traffic/gateway-api/kubeconfig.ts';
import { haproxyTraffic } from '../traffic/haproxy/haproxy.ts';
import { httpTraffic } from '../traffic/http.ts';
import { manualTraffic } from '../traffic/manual.ts';
import type { TrafficPort } from '../traffic/port.ts';
import { observeShare } from './observed-share.ts';

/** Milliseconds between two looks at what the router counts. */
const COUNT_EVERY = 1_000;

/** What moves the traffic of a profile; by hand it is the metrics that show where the share stands. */
export function openTraffic(profile: TrafficProfile, metrics: MetricSource): TrafficPort {
  switch (profile.kind) {
    case 'http':
      return httpTraffic(profile);
    case 'haproxy':
      return haproxyTraffic(profile);
    case 'gateway-api':
      return gatewayApiTraffic({
        ...profile,
        gateway: { namespace: profile.namespace, ...profile.gateway },
        access: accessOf(profile.access),
      });
    case 'manual': {
      const { owner, observe } = profile;
      return manualTraffic({ owner, observe: observeShare(metrics, { every: COUNT_EVERY, longest: observe }) });
    }
  }
}

function accessOf(access: Extract<TrafficProfile, { kind: 'gateway-api' }>['access']) {
  if (access.kind === 'in-cluster') return () => serviceAccount();
  const cluster = parseKubeconfig(access.kubeconfig, access.context);
  return () => Promise.resolve(cluster);
}
