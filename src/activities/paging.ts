import { Context } from '@temporalio/activity';
import type { Notice } from '../domain/notices.ts';
import type { OperatorConfig } from '../domain/profile-schema.ts';
import { workflowPage } from '../domain/temporal-ui.ts';
import { PagerError, Undelivered } from '../notify/errors.ts';
import { openPagers } from '../notify/open.ts';
import type { Pager } from '../notify/pager.ts';

const ALARM_WITHIN = 10_000;

/** Tells every pager once, side by side, and never fails: for what cannot wait for a workflow to tell people of it. */
export type Alarm = (notice: Notice) => Promise<void>;

export function openAlarm({ paging, temporalUi }: Pick<OperatorConfig, 'paging' | 'temporalUi'>): Alarm {
  const pagers = openPagers(paging);
  return async (notice) => {
    const link = linkTo(temporalUi, Context.current().info);
    const signal = AbortSignal.timeout(ALARM_WITHIN);
    const hearing = pagers.filter((pager) => pager.hears(notice));
    await Promise.allSettled(hearing.map((pager) => pager.tell({ notice, link, signal })));
  };
}

export function pagingActivities({ paging, temporalUi }: Pick<OperatorConfig, 'paging' | 'temporalUi'>) {
  const pagers = openPagers(paging);
  return {
    /**
     * Tells every pager what it wants to hear, side by side, and remembers in its heartbeat who has accepted what: a pager
     * that works is not told again because another one does not.
     */
    async tellPeople({ notices }: { readonly notices: readonly Notice[] }): Promise<void> {
      const context = Context.current();
      const { info, cancellationSignal: signal } = context;
      const accepted = new Set((info.heartbeatDetails as readonly string[] | undefined) ?? []);
      const link = linkTo(temporalUi, info);

      const tellAll = async (pager: Pager, place: number) => {
        for (const [index, notice] of notices.entries()) {
          const delivery = `${place}:${index}`;
          if (accepted.has(delivery) || !pager.hears(notice)) continue;
          await pager.tell({ notice, link, signal });
          context.heartbeat([...accepted.add(delivery)]);
        }
      };
      const results = await Promise.allSettled(pagers.map(tellAll));
      const problems = results.flatMap((result) => (result.status === 'rejected' ? [problemOf(result.reason)] : []));
      if (problems.length > 0) throw new Undelivered(problems, pagers.length);
    },
  };
}

/** Anything else is a defect of ours, or the end of the call. */
function problemOf(reason: unknown): PagerError {
  if (reason instanceof PagerError) return reason;
  throw reason;
}

type Info = Context['info'];

/** The page of the run in the Temporal UI, where that is known. */
function linkTo(ui: string | undefined, { workflowNamespace, workflowExecution }: Info): string | undefined {
  if (ui === undefined || workflowExecution === undefined) return undefined;
  const { workflowId, runId } = workflowExecution;
  return workflowPage(ui, workflowNamespace ?? '', workflowId, runId);
}
