import type { WorkflowInterceptors } from '@temporalio/workflow';
import { QuietTasks } from './quiet-tasks.ts';
import { UnreportedTasks } from './unreported-tasks.ts';

/** What keeps every history one that replays, beside code that is deterministic: two ways in which the SDK hands over a task otherwise than it will at a replay. */
export const interceptors = (): WorkflowInterceptors => ({ internals: [new UnreportedTasks(), new QuietTasks()] });
