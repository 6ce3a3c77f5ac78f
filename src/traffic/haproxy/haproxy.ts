import { askRouter } from '../ask-router.ts';
import { assertPercent, type TrafficPort } from '../port.ts';
import { openRuntime, type RuntimeAddress } from './runtime.ts';
import { inForce, type Split } from './split.ts';
import { stickySplit, type StickyOptions } from './sticky.ts';
import { weightSplit, type WeightOptions } from './weight.ts';

/** How HAProxy is reached and how it splits. `docs/haproxy/` has a configuration for each mode. */
export interface HaproxyOptions {
  readonly runtime: RuntimeAddress;
  readonly split: ({ readonly mode: 'weight' } & WeightOptions) | ({ readonly mode: 'sticky' } & StickyOptions);
  /** Milliseconds for one call, which may take several connections. */
  readonly deadline?: number;
}

const DEFAULT_DEADLINE = 5_000;

/**
 * The `haproxy` adapter: the runtime API of one HAProxy, 2.6 or newer.
 *
 * Compare-and-set: HAProxy has none. What it was told is read again right before it is told anything else. Who moves the
 * share within the millisecond or two between these is overwritten; in sticky mode only who edits the map in place or had
 * prepared a version before. A move there and back between two reads shows in the versions of a map, and not in weights.
 *
 * Reload: HAProxy forgets what it was told and begins anew with its configuration, as another process; that is the `life`
 * of the share. The old process goes on with the connections it has. Nobody but people sets the share again: see `hasForgotten`.
 */
export function haproxyTraffic({ runtime, split, deadline = DEFAULT_DEADLINE }: HaproxyOptions): TrafficPort {
  const way = splitOf(runtime, split);
  return {
    read: (signal) => askRouter(deadline, signal, async (limited) => inForce(await way.look(limited))),
    set: async (to, expected, signal) => {
      assertPercent(to);
      return askRouter(deadline, signal, async (limited) => {
        await way.move(to, expected, limited);
        return inForce(await way.look(limited));
      });
    },
  };
}

function splitOf(address: RuntimeAddress, split: HaproxyOptions['split']): Split {
  const runtime = openRuntime(address);
  return split.mode === 'weight' ? weightSplit(runtime, split) : stickySplit(runtime, split);
}
