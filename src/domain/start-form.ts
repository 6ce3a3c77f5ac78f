import { TASK_QUEUE } from './ids.ts';

/**
 * The link to the start form of a Temporal UI with all but the plan filled in. Where a go-live of that id ran before, the
 * form shows its plan as well.
 *
 * @param ui the address of the UI, with its path where it has one: `https://temporal.acme.example/ui`
 */
export function startFormLink(ui: string, namespace: string, workflowId: string): string {
  const fields = new URLSearchParams({ workflowId, taskQueue: TASK_QUEUE, workflowType: 'goLive' });
  const page = `namespaces/${encodeURIComponent(namespace)}/workflows/start-workflow`;
  return `${ui.replace(/\/+$/, '')}/${page}?${fields.toString()}`;
}
