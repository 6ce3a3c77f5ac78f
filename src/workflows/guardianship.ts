import {
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  ParentClosePolicy,
  sleep,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Admission, Scope } from '../activities/index.ts';
import { guardianIdOf } from '../domain/ids.ts';
import { labelOf } from '../domain/labels.ts';
import { measuring } from './calls.ts';
import { relieve, type Charge } from './charge.ts';
import type { Run } from './run.ts';

type Watching = (charge: Charge) => Promise<void>;
type Guardian = ChildWorkflowHandle<Watching>;

const ANOTHER_AFTER = 5_000;
/** Where none can be started for long, as while another go-live has the tenant, a rollback must not end at the limit of its history. */
const LONGEST_UNTIL_ANOTHER = 15 * 60_000;
/** A guardian that cannot be relieved is left behind: it finds the sealed evidence by itself. */
const FAREWELL = '30s';

/** The guardian of a go-live, as seen by the go-live: there is one from before the first change until the end. */
export class Guardianship {
  readonly #run: Run;
  readonly #charge: Charge;
  readonly #id: string;
  #guardian: Guardian | undefined;
  #isOver = false;

  constructor(run: Run, request: unknown, { scope, admission }: { scope: Scope; admission: Admission }) {
    const { workflowId: golive, runId, firstExecutionRunId: chain } = workflowInfo();
    this.#run = run;
    this.#charge = { ward: { golive, runId, chain }, scope, request, admission };
    this.#id = guardianIdOf(scope.tenant, scope.environment);
  }

  /** Starts the guardian. Where another go-live of the same tenant and environment has one, this run is stopped. */
  async begin(): Promise<void> {
    try {
      this.#guardian = await this.#start();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      throw this.#run.stop(await this.#held(), null);
    }
    void CancellationScope.nonCancellable(() => this.#keep());
  }

  /** The go-live has ended and its evidence is sealed. Waits for the guardian, so that the next go-live can have one at once. */
  async end(): Promise<void> {
    this.#isOver = true;
    if (this.#guardian === undefined) return;
    await this.#guardian.signal(relieve).catch(() => undefined);
    await condition(() => this.#guardian === undefined, FAREWELL, {
      summary: labelOf('guardian', 'until it has gone'),
    });
  }

  #start(): Promise<Guardian> {
    const { golive } = this.#charge.ward;
    return CancellationScope.nonCancellable(() =>
      startChild<Watching>('goLiveGuardian', {
        workflowId: this.#id,
        args: [this.#charge],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        memo: { golive },
        staticSummary: `watches over ${golive}`,
      }),
    );
  }

  /**
   * A guardian that is gone before its time is replaced: whoever destroys both must do so within seconds. Nothing is moved any
   * more until somebody has found out who ends workflows, and says so.
   */
  async #keep(): Promise<void> {
    while (this.#guardian !== undefined) {
      await this.#guardian.result().catch(() => undefined);
      this.#guardian = undefined;
      if (!this.#isOver) this.#run.hold('UNGUARDED: the guardian was ended from outside', 'guardian');
      for (let pause = ANOTHER_AFTER; !this.#isOver && this.#guardian === undefined; pause *= 2) {
        const wait = Math.min(pause, LONGEST_UNTIL_ANOTHER);
        await sleep(wait, { summary: labelOf('guardian', 'until another one is started') });
        if (!this.#isOver) this.#guardian = await this.#startAnother();
      }
    }
  }

  /** Meanwhile another go-live may have taken the tenant: then it is not ours any more. */
  async #startAnother(): Promise<Guardian | undefined> {
    try {
      return await this.#start();
    } catch (error) {
      const isTaken = error instanceof WorkflowExecutionAlreadyStartedError;
      if (isTaken && this.#run.isOpen) this.#run.stop(await this.#held(), null);
      return undefined;
    }
  }

  async #held(): Promise<string> {
    const { scope } = this.#charge;
    const holder = await measuring(labelOf('guardian', 'find out who holds the tenant'))
      .whoHolds(scope)
      .catch(() => null);
    return `${holder ?? 'another go-live'} of the same tenant and environment is under way: see ${this.#id}`;
  }
}
