import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Stage } from './stage.ts';

export function isHalted({ sandbox }: Stage): boolean {
  return sandbox.control.state().tenants.some(({ emergency }) => emergency.halted);
}

/** Names of the active credentials of production. */
export async function activeCredentials({ others }: Stage): Promise<string[]> {
  const { credentials } = (await others.listApiTokens()).value;
  return credentials.filter(({ status }) => status === 'active').map(({ name }) => name);
}

export async function activeDrillCredentials(stage: Stage): Promise<string[]> {
  return (await activeCredentials(stage)).filter((name) => name.startsWith('golive:'));
}

export function stagingVersions({ sandbox }: Stage): (string | null)[] {
  const staging = sandbox.control.state().tenants.find(({ id }) => id === 'tenant_acme_staging');
  return staging?.packs.map(({ activeVersionId }) => activeVersionId) ?? [];
}

/** What every drill must leave: nothing halted, staging as it was, no credential of a drill. */
export async function expectAtRest(stage: Stage): Promise<void> {
  // An effect that was late comes within this.
  await delay(20);
  expect(isHalted(stage)).toBe(false);
  expect(stagingVersions(stage)).toEqual(['pv_117', 'pv_142']);
  expect(await activeDrillCredentials(stage)).toEqual([]);
}
