/**
 * The ways in which peers can be driven to "pass" without having looked, as they were found in their sources and documentation.
 * Each is a test here: of what is read and judged (`metrics`), of what moves and who decides (`workflow`), or of both.
 */
export const FAIL_OPEN = {
  'stopped-before-the-first-sample': {
    way: 'Argo: an analysis told to stop before its first sample is successful',
    shownOn: 'both',
  },
  'no-condition': {
    way: 'Argo: a metric with neither condition is successful, whatever its value',
    shownOn: 'metrics',
  },
  'one-good-sample-in-five': {
    way: 'Argo: four errors and one success, repeated, pass for ever',
    shownOn: 'metrics',
  },
  'promoted-in-full': {
    way: 'Argo: a promotion in full, or a rollback soon after, cancels the analysis',
    shownOn: 'workflow',
  },
  'disabled-step': { way: 'Argo: a step whose plugin is disabled is skipped', shownOn: 'workflow' },
  'no-metrics': { way: 'Flagger: an empty list of metrics, or none, promotes unchecked', shownOn: 'metrics' },
  'checked-too-late': {
    way: 'Flagger: the first look comes after the first traffic, none after promotion, and a failing hook is only logged',
    shownOn: 'workflow',
  },
  'restarted-controller': {
    way: 'Flagger: every restart of the controller advances the weight at once',
    shownOn: 'workflow',
  },
  'open-gate': {
    way: 'Flagger: an opened gate stays open for the next release, and a restart forgets that one was closed',
    shownOn: 'workflow',
  },
  'nan-of-another-provider': { way: 'Flagger: only one provider guards against NaN', shownOn: 'metrics' },
  'judge-throws': {
    way: 'Kayenta: a judge that throws leaves a metric that counts for nothing, and a score of 100',
    shownOn: 'workflow',
  },
  'nan-replaced': { way: 'Kayenta: a dead metric replaced by zeros is identical on both sides', shownOn: 'metrics' },
  'metric-missing': {
    way: 'Kayenta: a missing metric leaves the score, up to just under half of all',
    shownOn: 'metrics',
  },
  'no-data-points': { way: 'PipeCD: zero data points are a success', shownOn: 'metrics' },
  'interval-too-long': {
    way: 'PipeCD: an interval longer than the stage ends it green with no query made',
    shownOn: 'metrics',
  },
  'first-deployment': {
    way: 'PipeCD: the first deployment has nothing to be compared with and succeeds',
    shownOn: 'metrics',
  },
  'failures-forgotten': { way: 'PipeCD: a crash forgives the failures before it', shownOn: 'metrics' },
  'both-empty': { way: 'PipeCD: both sides empty are no difference', shownOn: 'metrics' },
  'recovered-between-looks': {
    way: 'Cloud Deploy: a breach that recovered between two checks is none',
    shownOn: 'metrics',
  },
  'verified-without-data': { way: 'Harness: a verification without data passes', shownOn: 'both' },
  'ends-at-all-traffic': { way: 'LaunchDarkly: the protection ends at 100 %', shownOn: 'workflow' },
  'approved-by-hand': {
    way: 'Kargo: an approval by hand bypasses verification and soak, and an error is not a reason to go back',
    shownOn: 'workflow',
  },
  'judged-by-anybody': {
    way: 'Spinnaker: an unauthorised judgment is accepted at the call and cleared later',
    shownOn: 'workflow',
  },
} as const satisfies Readonly<Record<string, { way: string; shownOn: 'metrics' | 'workflow' | 'both' }>>;

type FailOpen = typeof FAIL_OPEN;

/** The ways that are to be shown on this level; a record of tests over them can leave none out. */
export type WaysOn<Level extends 'metrics' | 'workflow'> = {
  [Way in keyof FailOpen]: FailOpen[Way]['shownOn'] extends Level | 'both' ? Way : never;
}[keyof FailOpen];

/** The tests by the names of the ways, so that what the reporter prints is the table. */
export function named<Test>(
  tests: Readonly<Partial<Record<keyof FailOpen, Test>>>,
): readonly (readonly [string, Test])[] {
  const ways = Object.entries(FAIL_OPEN) as [keyof FailOpen, { readonly way: string }][];
  return ways.flatMap(([id, { way }]) => {
    const test = tests[id];
    return test === undefined ? [] : [[way, test] as const];
  });
}
