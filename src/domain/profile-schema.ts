import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** Where a secret is found; the file never holds one. */
export type SecretReference = { readonly env: string } | { readonly file: string };

/** Looks a secret up, or throws a sentence that names the reference and never the value. */
export type SecretLookup = (reference: SecretReference) => string;

const duration = z.string().transform((text, context) => {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  context.addIssue({ code: 'custom', message: 'is not a duration such as 30s, 1h30m or PT5M' });
  return z.NEVER;
});

const url = z.url({ protocol: /^https?$/ });
const word = z.string().min(1).max(200);
const scopes = z.array(word).min(1);

const probe = z.strictObject({
  actor: z.strictObject({ id: word, type: word }),
  target: z.strictObject({ owner: word, repo: word, ref: word, workflowId: word }),
  allowed: z.strictObject({ proposedAction: word }),
  denied: z.strictObject({ proposedAction: word }),
  versioned: z.strictObject({ proposedAction: word.includes('{versionId}') }),
});

const authorityToken = z.strictObject({
  issuer: word,
  type: word,
  algorithms: z.array(z.enum(['RS256', 'ES256'])).min(1),
  clockTolerance: duration,
  longestLife: duration,
  audience: word.optional(),
});

/**
 * The operator's `golive.yaml` (`contract/golive.example.yaml`). Parsing replaces every secret reference with the secret, so
 * what comes out must never be logged or sent.
 */
export function operatorConfigSchema(lookUp: SecretLookup) {
  const secret = z
    .union([z.strictObject({ env: word }), z.strictObject({ file: word })])
    .transform((reference, context) => {
      try {
        return lookUp(reference);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'cannot be read' });
        return z.NEVER;
      }
    });

  const intended = z.strictObject({
    baseUrl: url,
    apiKey: secret,
    certificateAuthority: secret.optional(),
    services: z.record(word, url).refine((services) => Object.keys(services).length > 0, 'must name a service'),
    authorityToken,
    probe,
    keys: z.strictObject({
      production: z.strictObject({ scopes, longestLife: duration }),
      own: z.strictObject({ name: word, scopes }),
      maxAdmins: z.int().min(1),
    }),
    staging: z.strictObject({ baseUrl: url, tenant: word, apiKey: secret }),
    paths: z.record(word, z.string().startsWith('/')).default({}),
  });

  const profile = z.strictObject({
    rehearsal: z.boolean(),
    tenants: z.array(word).min(1),
    environments: z.record(word, word),
    intended,
    traffic: z.strictObject({ kind: z.literal('http'), url, token: secret.optional() }),
    metrics: z.strictObject({
      kind: z.literal('openmetrics'),
      targets: z.array(url).min(1),
      names: z.strictObject({ requests: word, duration: word }).optional(),
      matchers: z.record(word, word).optional(),
    }),
    monitoring: z.strictObject({
      kind: z.literal('prometheus'),
      url,
      token: secret.optional(),
      alerts: z.strictObject({ latency: word, errorRate: word, auditLag: word, health: word }),
    }),
  });

  return z
    .strictObject({
      approvals: z.strictObject({
        mode: z.enum(['signed', 'namespace']),
        issuers: z.array(z.unknown()).optional(),
      }),
      evidence: z.strictObject({
        store: z.strictObject({ kind: z.literal('file'), directory: word }),
        signingKey: z.unknown().optional(),
      }),
      paging: z.array(z.strictObject({ kind: z.literal('webhook'), url: secret })).default([]),
      profiles: z.record(word, profile),
    })
    .superRefine(({ paging, profiles }, context) => {
      const real = Object.entries(profiles).find(([, { rehearsal }]) => !rehearsal)?.[0];
      if (paging.length > 0 || real === undefined) return;
      context.addIssue({
        code: 'custom',
        path: ['paging'],
        message: `must name a pager, because ${real} is not for rehearsals`,
      });
    });
}

export type OperatorConfig = Readonly<z.output<ReturnType<typeof operatorConfigSchema>>>;

/** A named block of addresses, credentials and adapters, which a plan can name and never contain. */
export type Profile = OperatorConfig['profiles'][string];

/** What an alert in the operator's monitoring watches over. */
export type AlertName = keyof Profile['monitoring']['alerts'];
