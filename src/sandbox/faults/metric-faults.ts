import type { Behaviour } from '../platform/behaviour.ts';
import type { MetricsFormat } from '../router/metrics.ts';
import type { WorldFaultName } from './fault.ts';
import type { Lie } from './lie.ts';

/** Faults of the router's metrics, while the traffic's share is high enough. The traffic itself is well. */
export const METRIC_LIES = {
  'silent-metrics': fromShareOn(() => () => undefined),
  'frozen-metrics': fromShareOn(() => {
    const pages = new Map<MetricsFormat, string>();
    return (metrics, format) => {
      const page = pages.get(format) ?? metrics.page(format);
      pages.set(format, page);
      return page;
    };
  }),
  'counter-reset': fromShareOn(() => {
    let isOver = false;
    return (metrics, format) => {
      if (!isOver) metrics.restart(Date.now());
      isOver = true;
      return metrics.page(format);
    };
  }),
} satisfies Partial<Record<WorldFaultName, Lie>>;

function fromShareOn(lieOf: () => Behaviour['exposition']): Lie {
  return ({ atShare }, { share }) => {
    const lie = lieOf();
    const exposition: Behaviour['exposition'] = (metrics, format) =>
      share.state.percent >= atShare ? lie(metrics, format) : metrics.page(format);
    return { exposition };
  };
}
