import { inspect } from 'node:util';

const HIDDEN = '[secret]';

/**
 * A value that must not be written anywhere by accident: logs, workflow history and evidence see `[secret]`.
 * Only {@link reveal} gives it away, so every use can be found by that word.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
