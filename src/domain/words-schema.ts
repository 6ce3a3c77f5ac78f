import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** A duration as operators write it, as milliseconds from here on. */
export const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: 'custom', message: 'is not a duration such as 30s, 1h30m or PT5M' });
  return z.NEVER;
});

export const url = z.url({ protocol: /^https?$/ });
export const word = z.string().min(1).max(200);

/** What a reference to a secret becomes when it is parsed: the secret. */
export type SecretSchema = z.ZodType<string, SecretReference>;

/** Where a secret is found; the file never holds one. */
export type SecretReference = { readonly env: string } | { readonly file: string };
