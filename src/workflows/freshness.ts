import type { StepId } from '../domain/plan.ts';

interface Found {
  /** Until when it may be relied on, in epoch milliseconds. */
  readonly until: number;
  readonly again: () => Promise<void>;
}

/** What was found before traffic, and when it has to be looked at again: people may take days to decide. */
export class Freshness {
  readonly #found = new Map<StepId, Found>();
  readonly #underWay = new Map<StepId, Promise<void>>();

  /** It was found just now and holds until then; `again` finds it anew, and notes it here. */
  note(id: StepId, until: number, again: () => Promise<void>): void {
    this.#found.set(id, { until, again });
  }

  /** Begins to look again at everything that has gone stale. What comes of it is for {@link renewed} to say. */
  renew(): void {
    for (const [id, { until, again }] of this.#found) {
      if (Date.now() < until || this.#underWay.has(id)) continue;
      const looking = again();
      looking.then(
        () => this.#underWay.delete(id),
        () => undefined,
      );
      this.#underWay.set(id, looking);
    }
  }

  /** Resolves when nothing is stale any more. */
  async renewed(): Promise<void> {
    this.renew();
    await Promise.all(this.#underWay.values());
  }
}
