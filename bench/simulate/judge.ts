import type { TrafficLimits } from '../../src/metrics/limited-shares.ts';
import type { Counts } from './counts.ts';
import type { Random } from './random.ts';
import type { Traffic } from './traffic.ts';
import type { Window } from './windows.ts';

/** A way to decide whether traffic is well. The product is one; what others do is simulated on the same counts. */
export interface Judge {
  begin(window: Window): void;
  /** Whether it stops the plan, now that one more interval is over. */
  stops(interval: Counts): boolean;
  /** Milliseconds that it wants to go on watching before it lets the window pass; 0 when it passes. */
  missing(): number;
}

/** A judge whose window goes on into the next one: what was seen stays seen, and is judged by what that one may spend. */
export interface Guard extends Judge {
  goOn(window: Window): void;
}

/** What a judge is made from. */
export interface Circumstances {
  readonly limits: TrafficLimits;
  /** Milliseconds. */
  readonly sampleEvery: number;
  /** What those who compare compare with: the same service without its change. */
  readonly baseline: Traffic;
  readonly random: Random;
}
