import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ReadDecision } from '../../src/activities/index.ts';
import { newApproverKey, signDecision, type ApproverKey, type DecisionDraft } from '../../src/approvals/sign.ts';
import type { GateId } from '../../src/domain/plan.ts';
import type { Digest } from '../../src/domain/verdict.ts';
import { digestOf } from '../../src/evidence/digest.ts';
import { examplePlan } from '../support/plans.ts';
import { THIS_RUN } from './called.ts';
import { outcomeOf, wordOf } from './outcome.ts';
import { startStage, type Stage } from './stage.ts';

const GOLIVE = THIS_RUN.workflowId;
export const ANOTHER_RUN = { workflowId: GOLIVE, runId: '0199a0b1-c2d3-7e4f-8a5b-000000000002' };
type Run = typeof THIS_RUN;

const ISSUER = 'https://login.acme.example';
const NAMES = ['ana', 'ben', 'chi', 'dee', 'eve'] as const;
type Name = (typeof NAMES)[number];

/** The plan of the contract for the stage's profile: two of ben, chi and dee begin, somebody on call goes on, two release. */
export const PLANNED = examplePlan({ profile: 'sandbox' });

/** Somebody's decision, with what is unusual about it. */
export type Said = Partial<DecisionDraft> & { readonly gate?: GateId; readonly nonce?: string | null };

/** A stage whose worker believes signatures alone, with a plan admitted and a key for everybody. */
export class SignedStage {
  readonly stage: Stage;
  readonly #home: string;
  readonly #keys: ReadonlyMap<Name, ApproverKey>;

  private constructor(stage: Stage, home: string, keys: ReadonlyMap<Name, ApproverKey>) {
    this.stage = stage;
    this.#home = home;
    this.#keys = keys;
  }

  static async start(): Promise<SignedStage> {
    const home = await mkdtemp(join(tmpdir(), 'golive-signed-'));
    const keys = new Map<Name, ApproverKey>();
    for (const name of NAMES) keys.set(name, await newApproverKey(name === 'chi' ? 'ES256' : 'EdDSA'));
    const file = { file: join(home, 'keys.json'), fresh: 0, stale: 60_000 };
    const approvals = {
      mode: 'signed' as const,
      issuers: [{ issuer: ISSUER, algorithms: ['EdDSA' as const, 'ES256' as const], keys: file }],
    };
    const signed = new SignedStage(await startStage({ approvals }), home, keys);
    await signed.publish(NAMES);
    const { activities, scope } = signed.stage;
    await signed.run(() => activities.keepPlan(scope.folder, PLANNED));
    return signed;
  }

  /** From now on these people's keys are in force, and no others. */
  async publish(names: readonly Name[]): Promise<void> {
    const keys = names.map((name) => this.#keys.get(name)?.public);
    await writeFile(join(this.#home, 'keys.json'), JSON.stringify({ keys }));
  }

  /** A call as Temporal makes it: on behalf of a run, whatever its arguments say. */
  run<T>(call: () => Promise<T>, run: Run = THIS_RUN, attempt = 1): Promise<T> {
    return new MockActivityEnvironment({ workflowExecution: run, attempt }).run(call);
  }

  /** A token by which somebody approves the first traffic, but for what is said otherwise. */
  sign(name: Name, { gate = 'begin-traffic', nonce = 'b1c6', ...draft }: Said = {}): Promise<string> {
    const { tenant, environment } = this.stage.scope;
    const named = nonce === null ? {} : { nonce };
    return signDecision(
      {
        issuer: ISSUER,
        by: `${name}@acme.example`,
        groups: [],
        tenant,
        environment,
        golive: GOLIVE,
        plan: digestOf(PLANNED),
        decision: { kind: 'approve', gate, reason: 'looked at it', ...named },
        ...draft,
      },
      this.#keys.get(name)?.private ?? {},
    );
  }

  /** What a run is told of a token that it hands to the worker. */
  async read(token: string, { run = THIS_RUN, name = 'approve', scope = {} }: ReadOptions = {}): Promise<ReadDecision> {
    const { activities, scope: own } = this.stage;
    const decisions = [{ name, token }];
    const [read] = await this.run(() => activities.readDecisions({ ...own, ...scope }, { decisions }), run);
    if (read === undefined) throw new Error('a token was not answered');
    return read;
  }

  /** The id of somebody's approval, received by the run. */
  async approved(name: Name, said: Said = {}, options: ReadOptions = {}): Promise<Digest> {
    const read = await this.read(await this.sign(name, said), options);
    if (!read.ok) throw new Error(read.why);
    return read.decision;
  }

  /** Two approvals of the first traffic, as the plan asks for. */
  async quorum(): Promise<readonly Digest[]> {
    return [await this.approved('ben'), await this.approved('chi')];
  }

  /** Where the router was told to go, so far. */
  shares(): number[] {
    return this.stage.effects('share').flatMap((effect) => (effect.what === 'share' ? [effect.to] : []));
  }

  /** What becomes of a move of the traffic, in one word. */
  async shift(approvedBy: readonly Digest[], { from = 0, to = 5, attempt = 1 } = {}): Promise<string> {
    const { activities, scope, key } = this.stage;
    const request = { from, to, key: key('low-traffic'), approvedBy };
    return wordOf(await outcomeOf(this.run(() => activities.shiftTraffic(scope, request), THIS_RUN, attempt)));
  }

  async close(): Promise<void> {
    await this.stage.close();
    await rm(this.#home, { recursive: true, force: true });
  }
}

export interface ReadOptions {
  readonly run?: Run;
  readonly name?: string;
  readonly scope?: Partial<Stage['scope']>;
}
