import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { STEPS } from '../../src/domain/plan.ts';
import { decodeEnvelope, isSignedBy, readPublicKey } from '../../src/evidence/dsse.ts';
import { decodeAuditExport, decodeHistoryExport, type HistoryExport } from '../../src/evidence/exports.ts';
import { decodeStatement } from '../../src/evidence/statement.ts';
import { serverPath } from '../support/servers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const GOLIVE = join(ROOT, 'dist/cli/main.js');

/** What `npm start` runs, and `golive` with other arguments: its exit code and what it printed. */
async function golive(...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const env = { ...process.env, GOLIVE_TEMPORAL_CLI: serverPath('temporalCli') };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [GOLIVE, ...args], { env, cwd: ROOT });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { code, output: stdout };
  }
}

const valueOf = (output: string, name: string) => new RegExp(`^${name} +(.*)$`, 'm').exec(output)?.[1] ?? '';

it('a rehearsal goes live, every step in order, and its evidence verifies', { timeout: 240_000 }, async () => {
  const { code, output } = await golive('rehearse', '--plain');
  expect(output).toContain('5 → 25 → 50 → 100 %');
  expect(code).toBe(0);
  const steps = [...output.matchAll(/^ {2}✔ ([a-z0-9-]+) {2,}/gm)].map(([, id]) => id);
  expect(steps).toEqual(STEPS.filter(({ phase }) => phase !== 'rollback').map(({ id }) => id));

  const evidence = valueOf(output, 'evidence');
  const verified = await golive('evidence', 'verify', evidence, '--manifest', valueOf(output, 'manifest'));
  expect(verified.output).toContain('golive/tenant_acme_prod/production: live, a REHEARSAL');
  expect(verified.code).toBe(0);
  const other = await golive('evidence', 'verify', evidence, '--manifest', `sha256:${'0'.repeat(64)}`);
  expect(other.code).toBe(1);

  const read = (path: string) => readFileSync(join(evidence, path));
  const envelope = decodeEnvelope(read('manifest.dsse.json'));
  if (typeof envelope === 'string') throw new Error(envelope);
  const publicKey = readFileSync(join(valueOf(output, 'files'), 'keys/evidence.pub'), 'utf8');
  expect(isSignedBy(envelope, readPublicKey(publicKey))).toBe(true);
  expect(decodeStatement(envelope.payload)?.predicate).toMatchObject({ outcome: 'live', rehearsal: true, number: 1 });
  expect(sizeOf(evidence)).toBeLessThan(10_000_000);

  expect(decodeAuditExport(read('audit/export.json'))?.status).toBe('exported');
  const history = decodeHistoryExport(read('history/history.json'));
  expect(history).toMatchObject({ status: 'exported', workflowId: 'golive/tenant_acme_prod/production', redacted: 0 });
  const workflowBundle = { codePath: join(ROOT, 'dist/workflow-bundle.js') };
  await Worker.runReplayHistory({ workflowBundle }, historyFromJSON({ events: eventsOf(history) }));
});

function eventsOf(history: HistoryExport | undefined): readonly object[] {
  return history?.status === 'exported' ? history.events : [];
}

/** Bytes of all files in a directory. */
function sizeOf(directory: string): number {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

it(
  'with errors from a quarter of the traffic on it is back at the safe share, by exit code 4',
  { timeout: 120_000 },
  async () => {
    const { code, output } = await golive('rehearse', '--plain', '--fault', 'error-spike');
    expect(valueOf(output, 'traffic')).toBe('5 → 25 → 0 %');
    expect(valueOf(output, 'kill switch')).toBe('off');
    expect(code).toBe(4);
    const rollback = output.slice(output.indexOf('kill-switch-on'));
    for (const step of ['policy-rollback', 'verify-rollback', 'release-kill-switch', 'kill-switch-off']) {
      expect(rollback).toContain(step);
    }
    expect(rollback.indexOf('approved by')).toBeLessThan(rollback.lastIndexOf('kill-switch-off'));
  },
);
