import { writeFileSync } from 'node:fs';

/** What was tried and why it was not it, for the one who wonders. Written once, when the set-up ends. */
export class Trail {
  #lines = [];
  #file;

  constructor(file) {
    this.#file = file;
  }

  add(line) {
    this.#lines.push(line);
  }

  write() {
    writeFileSync(this.#file, this.#lines.map((line) => `${line}\n`).join(''));
  }
}

/**
 * Asks the sources one after another. A source answers `{ path }` or `{ absent: why }`. The result is
 * `{ path, how }`, or `{ path: null, missing: what to install }`.
 */
export async function acquire(what, { sources, install }, trail) {
  for (const { how, find } of sources) {
    const answer = await find();
    trail.add(`${what}: ${how}: ${answer.path ?? answer.absent}`);
    if (answer.path !== undefined) return { path: answer.path, how };
  }
  return { path: null, missing: install };
}
