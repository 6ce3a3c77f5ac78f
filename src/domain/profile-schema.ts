import { z } from 'zod';
import { duration, url, word, type SecretReference } from './words-schema.ts';
import { metricsSchema } from './metrics-schema.ts';
import { LOCK_MODES } from './object-lock.ts';
import { SEVERITIES } from './severity.ts';
import { trafficSchema } from './traffic-schema.ts';

/** Who may read the file of a secret: whoever the machine lets, or nobody but those whom its owner chose. */
export type SecretReaders = 'any' | 'chosen';

/** Looks a secret up, or throws a sentence that names the reference and never the value. */
export type SecretLookup = (reference: SecretReference, readers: SecretReaders) => string;

const scopes = z.array(word).min(1);

/** Goes to the operating system as it is: nothing in it may mean something to a shell, nor look like an option. */
const programName = word.regex(
  /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|(?:\/[A-Za-z0-9._@+-]+)+)$/,
  'must be a plain name or an absolute path',
);
const argument = word.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, dots or dashes');
const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable');

/** A program finds its parts and its configuration by these, so the worker's own are handed on where no others are named. */
const HANDED_ON: Readonly<Record<string, SecretReference>> = { PATH: { env: 'PATH' }, HOME: { env: 'HOME' } };
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';
const bucketName = z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket');
/** Goes into addresses as it is. */
const keyPrefix = z
  .string()
  .regex(/^(?:[A-Za-z0-9_][A-Za-z0-9._@+=-]*\/)*$/, 'must be folders, each with a / at its end, such as evidence/');
/** A check is given five minutes, in which the platform is asked too. */
const LONGEST_COMMAND = 4 * 60_000;

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

const keys = z.union([
  z.strictObject({ file: word, fresh: duration.prefault('0s'), stale: duration.prefault('1m') }),
  z.strictObject({
    url: z.url({ protocol: /^https$/ }),
    fresh: duration.prefault('1m'),
    stale: duration.prefault('10m'),
  }),
]);

const issuer = z.strictObject({
  issuer: word,
  algorithms: z.array(z.enum(['EdDSA', 'ES256'])).min(1),
  keys,
});

/** Whose decisions are believed; issuers beside the mode `namespace` would be a wish that nobody keeps. */
const approvals = z.discriminatedUnion('mode', [
  z.strictObject({ mode: z.literal('namespace') }),
  z.strictObject({
    mode: z.literal('signed'),
    issuers: z
      .array(issuer)
      .min(1)
      .refine((issuers) => new Set(issuers.map((it) => it.issuer)).size === issuers.length, 'names an issuer twice'),
  }),
]);

/**
 * The operator's `golive.yaml` (`contract/golive.example.yaml`). Parsing replaces every secret reference with the secret, so
 * what comes out must never be logged or sent.
 */
export function operatorConfigSchema(lookUp: SecretLookup) {
  const reference = z.union([z.strictObject({ env: word }), z.strictObject({ file: word })]);
  const readBy = (readers: SecretReaders) =>
    reference.transform((where, context) => {
      try {
        return lookUp(where, readers);
      } catch (error) {
        context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'cannot be read' });
        return z.NEVER;
      }
    });
  const secret = readBy('any');

  /** The platform's command line. It sees nothing of the worker's environment but what is named here. */
  const commandLine = z.strictObject({
    binary: programName,
    environments: z.record(word, argument).default({}),
    environmentVariables: z
      .record(variableName, reference)
      .default({})
      .transform((named) => ({ ...HANDED_ON, ...named }))
      .pipe(z.record(variableName, secret)),
    timeout: duration
      .prefault('60s')
      .refine((limit) => limit >= 1_000 && limit <= LONGEST_COMMAND, 'must lie between 1s and 4m'),
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
    cli: commandLine.optional(),
    paths: z.record(word, z.string().startsWith('/')).default({}),
  });

  const profile = z.strictObject({
    rehearsal: z.boolean(),
    tenants: z.array(word).min(1),
    environments: z.record(word, word),
    intended,
    traffic: trafficSchema(secret),
    metrics: metricsSchema(secret),
    monitoring: z.strictObject({
      kind: z.literal('prometheus'),
      url,
      token: secret.optional(),
      alerts: z.strictObject({ latency: word, errorRate: word, auditLag: word, health: word }),
    }),
  });

  const evidence = z.strictObject({
    store: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('file'), directory: word }),
      z.strictObject({
        kind: z.literal('s3'),
        endpoint: url,
        region: word,
        bucket: bucketName,
        prefix: keyPrefix.default(''),
        accessKeyId: secret,
        secretAccessKey: secret,
        sessionToken: secret.exactOptional(),
        certificateAuthority: secret.exactOptional(),
        /** Without a lock whoever may write to the bucket can change what is in it, so that has to be said. */
        objectLock: z.union([
          z.literal('none'),
          z.strictObject({ mode: z.enum(LOCK_MODES), days: z.int().min(1).max(36_500) }),
        ]),
      }),
    ]),
    /** Whoever can read it can sign evidence in the operator's name. */
    signingKey: readBy('chosen').optional(),
  });

  const severity = z.enum(SEVERITIES);
  /** Whom notices go to; `least` is the lowest severity that one of them is told of, so each hears what is critical. */
  const pager = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('webhook'), url: secret, least: severity.default('info') }),
    z.strictObject({
      kind: z.literal('pagerduty'),
      routingKey: secret,
      url: url.default(PAGERDUTY),
      least: severity.default('warning'),
    }),
  ]);

  return z
    .strictObject({
      approvals,
      evidence,
      paging: z.array(pager).default([]),
      /** Where people find Temporal's UI: notices link to their run there. */
      temporalUi: url.optional(),
      profiles: z.record(
        word,
        profile
          .refine(({ tenants, intended }) => intended.cli === undefined || tenants.length === 1, {
            path: ['intended', 'cli'],
            message: 'cannot be told which tenant is meant, so the profile must list one tenant only',
          })
          .refine(({ traffic: { kind }, metrics }) => kind !== 'manual' || metrics.names?.routed !== undefined, {
            path: ['traffic'],
            message: 'is moved by hand, so metrics.names.routed must name the counter that shows where requests went',
          })
          .refine(({ tenants, metrics: it }) => tenants.length <= 1 || tellsApart(it.matchers, '{tenant}'), {
            path: ['metrics', 'matchers'],
            message: 'must match {tenant}, because the profile lists several tenants',
          })
          .refine(
            ({ environments, metrics: it }) =>
              Object.keys(environments).length <= 1 || tellsApart(it.matchers, '{environment}'),
            {
              path: ['metrics', 'matchers'],
              message: 'must match {environment}, because the profile lists several environments',
            },
          ),
      ),
    })
    .superRefine(({ paging, evidence: { signingKey }, profiles }, context) => {
      const real = Object.entries(profiles).find(([, { rehearsal }]) => !rehearsal)?.[0];
      if (real === undefined) return;
      const refuse = (path: string[], needs: string) =>
        context.addIssue({
          code: 'custom',
          path,
          message: `must name ${needs}, because ${real} is not for rehearsals`,
        });
      if (paging.length === 0) refuse(['paging'], 'a pager');
      if (signingKey === undefined) refuse(['evidence', 'signingKey'], 'a key that signs the evidence');
    });
}

/** Whether series of one tenant or environment are not taken for those of another. */
function tellsApart(matchers: Readonly<Record<string, string>>, placeholder: string): boolean {
  return Object.values(matchers).some((value) => value.includes(placeholder));
}

export type OperatorConfig = Readonly<z.output<ReturnType<typeof operatorConfigSchema>>>;

/** A named block of addresses, credentials and adapters, which a plan can name and never contain. */
export type Profile = OperatorConfig['profiles'][string];

/** Where evidence is kept. */
export type EvidencePlace = OperatorConfig['evidence']['store'];

/** How the traffic of a profile is moved. */
export type TrafficProfile = Profile['traffic'];

/** What an alert in the operator's monitoring watches over. */
export type AlertName = keyof Profile['monitoring']['alerts'];
