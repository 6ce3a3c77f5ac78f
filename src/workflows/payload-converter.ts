import { DefaultPayloadConverter, type Payload, type PayloadConverter } from '@temporalio/common';
import { UNDECODABLE } from '../domain/receive.ts';

/**
 * Total on the way in: a payload that cannot be decoded becomes a marker object that every check of a shape refuses.
 * With the default converter one such signal fails the workflow task again and again, and with it the rollback.
 */
class TotalPayloadConverter implements PayloadConverter {
  readonly #json = new DefaultPayloadConverter();

  toPayload<T>(value: T): Payload {
    return this.#json.toPayload(value);
  }

  fromPayload<T>(payload: Payload): T {
    try {
      return this.#json.fromPayload<T>(payload);
    } catch {
      return { [UNDECODABLE]: true } as T;
    }
  }
}

export const payloadConverter = new TotalPayloadConverter();
