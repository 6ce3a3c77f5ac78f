const GOLDEN_RATIO = 0x9e3779b9;

/**
 * Random numbers that are the same for the same numbers given: xoshiro128** (Blackman and Vigna 2018), whose period of
 * 2^128 leaves a stream of its own to each plan of a simulation.
 */
export class Random {
  readonly #state: Int32Array;

  constructor(...seeds: readonly number[]) {
    this.#state = Int32Array.from({ length: 4 }, (_, word) =>
      seeds.reduce((mixed, seed) => scramble(mixed ^ scramble(seed + GOLDEN_RATIO)), scramble(word + 1)),
    );
  }

  /** A whole number from 0 to 2^32 - 1. */
  word(): number {
    const state = this.#state;
    const [first = 0, second = 0] = state;
    const third = (state[2] ?? 0) ^ first;
    const fourth = (state[3] ?? 0) ^ second;
    state[1] = second ^ third;
    state[0] = first ^ fourth;
    state[2] = third ^ (second << 9);
    state[3] = rotate(fourth, 11);
    return Math.imul(rotate(Math.imul(second, 5), 7), 9) >>> 0;
  }

  /** A number of at least 0 and less than 1. */
  share(): number {
    return this.word() / 2 ** 32;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** The last step of MurmurHash3: neighbouring numbers come out far apart. */
function scramble(word: number): number {
  const once = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return twice ^ (twice >>> 16);
}
