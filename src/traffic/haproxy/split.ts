import { TrafficError, type Share } from '../port.ts';

/** One way in which HAProxy can split traffic. */
export interface Split {
  look(signal: AbortSignal): Promise<Look>;
  /** Moves the share if it still is the expected one. @throws {TrafficError} */
  move(to: number, expected: Share, signal: AbortSignal): Promise<void>;
}

/** What HAProxy was told. */
export interface Look {
  readonly share: Share;
  /** Why requests do not take these ways all the same; `undefined` when they do. */
  readonly doubt: string | undefined;
}

/** @throws {TrafficError} unless requests really take these ways. */
export function inForce({ share, doubt }: Look): Share {
  if (doubt !== undefined) throw new TrafficError('not-in-force', doubt, share);
  return share;
}

/** HAProxy cannot compare and set, so what it was told is read again as late as can be. @throws {TrafficError} */
export function assertUnmoved({ share }: Look, expected: Share): void {
  if (share.version === expected.version) return;
  throw new TrafficError('moved-by-somebody-else', 'the share was moved by somebody else, or HAProxy was reloaded');
}
