import { z } from 'zod';
import type { Digest } from '../../domain/verdict.ts';

/** Building blocks of the contract's schemas. Unknown fields are ignored, unknown words of closed lists are refused. */

export const name = z.string().min(1);

/** RFC 3339 in UTC with seconds and a `Z`, kept as it was written. */
export const instant = z.iso.datetime().regex(/T\d\d:\d\d:\d\d/, 'an instant with seconds');

const SHA256 = /^sha256:[0-9a-f]{64}$/;
export const sha256 = z.custom<Digest>((value) => typeof value === 'string' && SHA256.test(value), 'sha256:<64 hex>');

export const count = z.int().min(0);

export const actor = z.object({ id: name, type: name });

/** The one error body of this surface. */
export const errorEnvelope = z.object({
  error: z.object({ code: name, message: z.string(), request_id: z.string() }),
});
