/** What a new plan is told; the rest of it is to be filled in. */
export interface PlanBasics {
  readonly release: string;
  readonly profile: string;
  readonly tenant: string;
  readonly environment: string;
  readonly requestedBy: string;
}

/** JSON strings are YAML strings too, whatever they contain. */
const quoted = (text: string) => JSON.stringify(text);

/** What was told, with a note; what was not is marked as well. */
const given = (text: string, note: string) => `${quoted(text)} # ${text === '' ? 'FILL IN: ' : ''}${note}`;

/**
 * A plan in YAML with the runbook's own durations and bounds. What only its authors can know is left empty and marked, so
 * that `golive plan check` refuses it until it is filled in.
 */
export function planTemplate({ release, profile, tenant, environment, requestedBy }: PlanBasics): string {
  return `# A go-live plan. What is marked with FILL IN only you can know; the rest are the runbook's own values.
# \`golive plan check\` says what is missing and where, \`golive plan show\` what the plan means.
apiVersion: golive/v1
release: ${quoted(release)}
profile: ${given(profile, "a profile of the operator's golive.yaml; addresses and secrets stand there")}
tenant: ${given(tenant, 'the tenant that goes live')}
environment: ${given(environment, 'as the profile names it')}
requestedBy: ${given(requestedBy, 'never counts as an approver of this plan')}
summary: "" # FILL IN: one sentence for those who approve it

policy: # FILL IN: the version of every policy pack, and the one a rollback goes back to
  active: {} # payments-guardrails: pv_42
  previous: {} # payments-guardrails: pv_41

limits: # a breach rolls back
  latencyMs: { p50: 60, p95: 150, p99: 400 }
  errorShare: 0.005 # at most this share of the requests fail
  allowShare: { min: 0.85, max: 0.97 } # this share of the decisions is allowed
  minimumRequests: 1000 # in every window
  detectableErrorShare: 0.01 # so many errors have to be visible for a window to pass
  auditLag: 60s
  policyEngineMs: 100
  tokenSigningMs: 150
  haltToDeny: 30s

rollout:
  safePercent: 0 # where a rollback takes the traffic
  lowTraffic: { percent: 5, hold: 30m }
  ramp:
    - { percent: 25, hold: 40m }
    - { percent: 50, hold: 40m }
    - { percent: 100, hold: 40m }
  postLaunch: 24h
  sampleEvery: 10s
  extendAtMost: 30m # how much longer a window may take in which too little was seen

gates: # FILL IN: who decides, as people: [ben@acme.example], as groups: [platform-oncall], or both
  begin-traffic: { approvals: 2, from: { people: [] }, within: 72h }
  increase-traffic: { approvals: 1, from: { people: [] }, within: 8h }
  release-kill-switch: { approvals: 2, from: { people: [] }, within: 24h }

controls: # FILL IN: who vouches for a control and where the proof lies; without an owner anybody but the requester may
  on-call: { owner: "", evidence: "" } # who is on call for the first week, and the rota
  # circuit-breakers: { owner: ben@acme.example, evidence: https://wiki.acme.example/breakers }

denyReview: { sample: 20, reviewers: [], seed: ${quoted(release)} } # FILL IN: who reviews the denials

patience: # how long the go-live waits
  blocked: 72h # for a step to be mended
  attestation: 72h # for somebody to vouch
  review: 4h # for the denials to be reviewed

clock: { speed: 1 } # a rehearsal runs faster, where its profile allows it
`;
}
