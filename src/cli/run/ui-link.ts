import { workflowPage } from '../../domain/temporal-ui.ts';
import type { Place } from './trouble.ts';

const CLOUD = /\.tmprl\.cloud(:\d+)?$|\.api\.temporal\.io(:\d+)?$/;

/** Where the Temporal UI shows a workflow; undefined where nobody says where the UI is (`GOLIVE_UI_URL`). */
export function uiLink(env: NodeJS.ProcessEnv, { address, namespace }: Place, workflowId: string): string | undefined {
  const named = env['GOLIVE_UI_URL'];
  const base =
    named !== undefined && named !== '' ? named : CLOUD.test(address) ? 'https://cloud.temporal.io' : undefined;
  return base === undefined ? undefined : workflowPage(base, namespace, workflowId);
}
