import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { commandsFor, connectionLines, HandCommands } from '../../src/cli/by-hand.ts';
import { approval, attestation, progress, waitingFor } from './views.ts';

const bodyOf = (command: string): unknown => JSON.parse(/--input '(.*)'$/.exec(command)?.[1] ?? 'null');

describe('The commands for hands', () => {
  it('merge the attestations of one person into one command', () => {
    const waiting = [
      attestation('kill-switch-drill', 'ben@acme.example', 'sha256:aa'),
      attestation('latency-alert', 'chi@acme.example'),
      attestation('circuit-breakers', 'ben@acme.example'),
    ];
    const commands = commandsFor(progress({ waitingFor: waiting }));
    expect(commands.map(({ does }) => does)).toEqual(['attest as ben@acme.example', 'attest as chi@acme.example']);
    expect(bodyOf(commands[0]?.command ?? '')).toMatchObject({
      seen: { 'kill-switch-drill': 'sha256:aa' },
      controls: ['circuit-breakers'],
      by: 'ben@acme.example',
    });
  });

  it('are one a missing approval, each of another person and bound to plan and nonce', () => {
    const commands = commandsFor(progress({ waitingFor: [approval()] }));
    expect(commands.map(({ command }) => bodyOf(command))).toMatchObject([
      { gate: 'begin-traffic', by: 'ben@acme.example', nonce: 'n1', plan: progress().plan },
      { gate: 'begin-traffic', by: 'chi@acme.example', nonce: 'n1', plan: progress().plan },
    ]);
  });

  it('are signals of the contract', () => {
    const [command] = commandsFor(progress({ waitingFor: [waitingFor('recheck', 'audit-pipeline')] }));
    expect(command?.command).toBe(
      'temporal workflow signal --workflow-id golive/tenant_acme_prod/production --name recheck ' +
        `--input '{"by":"ana@acme.example","step":"audit-pipeline"}'`,
    );
  });

  it('are told once, when questions have stopped coming', () => {
    const hands = new HandCommands();
    const one = progress({ waitingFor: [attestation('latency-alert', 'chi@acme.example')] });
    const two = progress({ waitingFor: [...one.waitingFor, attestation('audit-lag-alert', 'chi@acme.example')] });
    expect(hands.news(one, 0)).toEqual([]);
    expect(hands.news(two, 1000)).toEqual([]);
    expect(hands.news(two, 2000)).toEqual([]);
    expect(hands.news(two, 2500)).toHaveLength(1);
    expect(hands.news(two, 9000)).toEqual([]);
  });
});

it('How to reach the server names the binary only when the shell would not find one', () => {
  const server = { temporalCli: '/opt/temporal', temporalAddress: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233' };
  expect(connectionLines(server, { PATH: '/nowhere' })).toContain('  alias temporal=/opt/temporal');
});

it('How to reach the server can be pasted, wherever the binary is', async () => {
  const home = await mkdtemp(join(tmpdir(), "ana's tools "));
  const temporalCli = join(home, 'temporal');
  await writeFile(temporalCli, '#!/bin/sh\necho "called with $1"\n', { mode: 0o755 });
  const server = { temporalCli, temporalAddress: '127.0.0.1:7233', uiUrl: 'http://127.0.0.1:8233' };
  const alias = connectionLines(server, { PATH: '/nowhere' }).at(-1) ?? '';
  const { stdout } = await promisify(execFile)('bash', ['-O', 'expand_aliases', '-c', `${alias}\ntemporal list`]);
  expect(stdout).toBe('called with list\n');
  await rm(home, { recursive: true });
});
