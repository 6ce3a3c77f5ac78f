import { TASK_QUEUE } from './ids.ts';

/**
 * The link to the start form of a Temporal UI with all but the plan filled in. Where a go-live of that id ran before, the
 * form shows its plan as well.
 *
 * @param ui the address of the UI, with its path where it has one: `https://temporal.acme.example/ui`
 */
export function startFormLink(ui: string, namespace: string, workflowId: string): string {
  const fields = new URLSearchParams({ workflowId, taskQueue: TASK_QUEUE, workflowType: 'goLive' });
  return `${pageAt(ui, 'namespaces', namespace, 'workflows', 'start-workflow')}?${fields.toString()}`;
}

/** The page of a workflow, or of one run of it, in the Temporal UI at `ui`. */
export function workflowPage(ui: string, namespace: string, workflowId: string, ...run: readonly string[]): string {
  return pageAt(ui, 'namespaces', namespace, 'workflows', workflowId, ...run);
}

function pageAt(ui: string, ...path: readonly string[]): string {
  return `${ui.replace(/\/+$/, '')}/${path.map(encodeURIComponent).join('/')}`;
}
