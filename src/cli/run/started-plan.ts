import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { planSchema, type Plan } from '../../domain/plan-schema.ts';
import type { Digest } from '../../domain/verdict.ts';
import { digestOf } from '../../evidence/digest.ts';
import { jsonIn } from './payload.ts';

/** The plan that a go-live was started with, and its digest as computed here: nobody's word has to be taken for it. */
export interface StartedPlan {
  readonly plan: Plan;
  readonly digest: Digest;
}

/** A guardian is started with more than the plan. */
const charge = z.looseObject({ request: z.unknown() });

/** Reads the one argument of the start from the first event; null when there is no plan in it that can be read here. */
export async function readStartedPlan(client: Client, workflowId: string): Promise<StartedPlan | null> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId },
    maximumPageSize: 1,
  });
  const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const given = jsonIn(started?.input?.payloads?.[0]);
  const isGuardian = started?.workflowType?.name === 'goLiveGuardian';
  const document = isGuardian ? charge.safeParse(given).data?.request : given;
  const parsed = planSchema.safeParse(document);
  return parsed.success ? { plan: parsed.data, digest: digestOf(document) } : null;
}
