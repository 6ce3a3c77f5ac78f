import { beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { TrafficError, type Share, type TrafficPort, type TrafficProblem } from '../../src/traffic/port.ts';

/** How a router can misbehave at whatever it is asked next. */
export type Mischief =
  | 'refuses'
  | 'fails'
  | 'never answers'
  | 'never finishes'
  | 'talks nonsense'
  | 'talks too much'
  | 'hangs up'
  /** Only at a move: it is made, and its answer is lost. */
  | 'moves and hangs up';

/** A router that stands at 5 %, and the adapter for it. */
export interface Bench {
  /** With a deadline that nobody reaches. */
  readonly traffic: TrafficPort;
  /** With a deadline of milliseconds. */
  readonly hasty: TrafficPort;
  /** Somebody else moves the share, past the adapter. */
  move(percent: number): Promise<void>;
  /** Where the share really stands, looked up past the adapter. */
  told(): Promise<number>;
  misbehave(mischief: Mischief): void;
  /** What no error may repeat. */
  readonly secrets: readonly string[];
}

export const signal = new AbortController().signal;

/** What an attempt failed with. */
export async function problemOf(attempt: Promise<unknown>): Promise<TrafficError> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TrafficError);
  return error as TrafficError;
}

/** Everything of an error that could be written down somewhere. */
export function textOf(error: Error): string {
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`;
}

const MISCHIEF: readonly (readonly [Mischief, TrafficProblem])[] = [
  ['refuses', 'refused'],
  ['fails', 'no-answer'],
  ['never answers', 'late'],
  ['never finishes', 'late'],
  ['talks nonsense', 'surprising-shape'],
  ['talks too much', 'surprising-shape'],
  ['hangs up', 'no-answer'],
];

/** What every adapter promises that moves traffic itself. `open` may skip, with the reason. */
export function keepsItsPromises(name: string, open: (context: TestContext) => Promise<Bench>): void {
  describe(`${name}, as every adapter,`, () => {
    let bench: Bench;
    let before: Share;
    beforeEach(async (context) => {
      bench = await open(context);
      before = await bench.traffic.read(signal);
    });

    it('reads, moves and reads back, up and down', async () => {
      expect(before).toMatchObject({ percent: 5 });
      let share = before;
      const versions = [share.version];
      for (const percent of [25, 50, 100, 7, 0]) {
        const claimed = await bench.traffic.set(percent, share, signal);
        expect(claimed).toMatchObject({ percent });
        share = await bench.traffic.read(signal);
        expect(share).toEqual(claimed);
        expect(await bench.told()).toBe(percent);
        versions.push(share.version);
      }
      expect(new Set(versions).size).toBe(versions.length);
    });

    it('says the same as long as nobody moves anything', async () => {
      expect(await bench.traffic.read(signal)).toEqual(before);
    });

    it('sees what somebody else has moved', async () => {
      await bench.move(17);
      const seen = await bench.traffic.read(signal);
      expect(seen.percent).toBe(17);
      expect(seen.version).not.toBe(before.version);
    });

    it('does not move what somebody else has moved', async () => {
      await bench.move(17);
      expect(await problemOf(bench.traffic.set(25, before, signal))).toMatchObject({
        problem: 'moved-by-somebody-else',
      });
      expect(await bench.told()).toBe(17);
    });

    it('does not move from where it was two moves ago', async () => {
      const after = await bench.traffic.set(25, before, signal);
      expect(await problemOf(bench.traffic.set(50, before, signal))).toMatchObject({
        problem: 'moved-by-somebody-else',
      });
      await bench.traffic.set(50, after, signal);
      expect(await bench.told()).toBe(50);
    });

    it('sees a move whose answer was lost when it reads again', async () => {
      bench.misbehave('moves and hangs up');
      expect(await problemOf(bench.traffic.set(25, before, signal))).toMatchObject({ problem: 'no-answer' });
      expect(await bench.traffic.read(signal)).toMatchObject({ percent: 25 });
    });

    it.each(MISCHIEF)('of a router that %s it says %s, reading and moving', async (mischief, problem) => {
      const attempts = [
        (traffic: TrafficPort) => traffic.read(signal),
        (traffic: TrafficPort) => traffic.set(25, before, signal),
      ];
      for (const attempt of attempts) {
        bench.misbehave(mischief);
        const error = await problemOf(attempt(problem === 'late' ? bench.hasty : bench.traffic));
        expect(error.problem).toBe(problem);
        for (const secret of bench.secrets) expect(textOf(error)).not.toContain(secret);
      }
      expect(await bench.told()).toBe(5);
    });

    it.each([-1, 100.5, NaN, Infinity])('never asks for %s percent', async (percent) => {
      await expect(bench.traffic.set(percent, before, signal)).rejects.toThrow(RangeError);
      expect(await bench.told()).toBe(5);
    });

    it('stops when the caller does, for the caller’s own reason', async () => {
      for (const attempt of [
        (caller: AbortSignal) => bench.traffic.read(caller),
        (caller: AbortSignal) => bench.traffic.set(25, before, caller),
      ]) {
        const controller = new AbortController();
        bench.misbehave('never answers');
        const stopped = attempt(controller.signal);
        setTimeout(() => controller.abort(new Error('relieved')), 20);
        await expect(stopped).rejects.toThrow('relieved');
        await expect(attempt(controller.signal)).rejects.toThrow('relieved');
      }
      expect(await bench.told()).toBe(5);
    });
  });
}
