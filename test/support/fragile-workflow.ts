import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';

export const say = defineUpdate<void>('say');

interface Steps {
  readonly quick: () => Promise<void>;
  readonly slow: () => Promise<void>;
  readonly late: () => Promise<void>;
  readonly last: () => Promise<void>;
}

/** Does something else where it was spoken to before its two first steps were over, the second of which takes longer. */
export async function fragile(): Promise<void> {
  let said = false;
  setHandler(say, () => void (said = true));
  const { quick, slow, late, last } = proxyActivities<Steps>({ startToCloseTimeout: '10s' });
  await Promise.all([quick(), slow()]);
  if (said) await late();
  await condition(() => said);
  await last();
}
