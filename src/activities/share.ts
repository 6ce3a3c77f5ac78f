import { TrafficError, type Share } from '../traffic/port.ts';
import type { World } from './world.ts';

/** The adapters have deadlines of their own. Counting requests until the share is clear takes the longest. */
const READ_WITHIN = 60_000;

/** How people read a share: requests that were counted leave some doubt. */
export function describeShare({ percent, between }: Share): string {
  if (between === undefined) return `${percent} %`;
  const [observed, low, high] = [percent, between.low, between.high].map((value) => value.toFixed(1));
  return `${observed} % (between ${low} and ${high} %)`;
}

/** @throws {TrafficError} */
export function readShare({ traffic }: World): Promise<Share> {
  return traffic.read(AbortSignal.timeout(READ_WITHIN));
}

/** The same for a change: whoever moves the share by hand need not wait until it can be seen where it stands. */
export async function readOrAsk(world: World, percent: number): Promise<Share> {
  try {
    return await readShare(world);
  } catch (error) {
    const { owner } = world.traffic;
    if (owner === undefined || !(error instanceof TrafficError)) throw error;
    throw new TrafficError('needs-hands', `${owner} must set the share to ${percent} % by hand: ${error.message}`);
  }
}

/** The way to safety leads from what the router was told, also where that is not in force. */
export async function readToldShare(
  world: World,
  percent: number,
): Promise<{ readonly share: Share; readonly isInForce: boolean }> {
  try {
    return { share: await readOrAsk(world, percent), isInForce: true };
  } catch (error) {
    if (error instanceof TrafficError && error.told !== undefined) return { share: error.told, isInForce: false };
    throw error;
  }
}
