import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, ROOT, type Checkout } from './compiled.ts';

let checkout: Checkout | undefined;
beforeAll(async () => {
  checkout = await compile('cli/main.ts');
}, 60_000);
afterAll(() => checkout?.dispose());

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function golive(...args: string[]): Promise<Ended> {
  return goliveIn({}, ...args);
}

async function goliveIn(own: NodeJS.ProcessEnv, ...args: string[]): Promise<Ended> {
  const { GOLIVE_TEMPORAL_CLI: _none, ...env } = process.env;
  try {
    const main = join(checkout?.root ?? '', 'dist/cli/main.js');
    return { code: 0, ...(await promisify(execFile)(process.execPath, [main, ...args], { env: { ...env, ...own } })) };
  } catch (error) {
    return error as Ended;
  }
}

it.each([
  [[]],
  [['rehearze']],
  [['rehearse', '--fault', 'nonsense']],
  [['rehearse', '--speed', '0']],
  [['rehearse', '--speed', 'fast']],
  [['rehearse', '--speed', '1e9']],
  [['rehearse', '--json', '--plain']],
  [['rehearse', 'extra']],
  [['dev', '--by-hand']],
  [['plan']],
  [['plan', 'check']],
  [['plan', 'check', 'nowhere.yaml']],
  [['status', '--json', '--plain']],
  [['status', '--until', 'tomorrow']],
  [['status', '--workflow-id', '']],
  [['start', 'plan.yaml', '--workflow-id', ' ']],
  [['approve', 'begin']],
  [['attest', 'circuit-breaker']],
  [['review', '--incorrect', 'evt_1']],
  [['keys', 'new', '--for', 'ben@acme.example']],
  [['keys', 'new', '--for', 'b', '--issuer', 'i', '--out', 'o', '--algorithm', 'RS256']],
  [['completion', 'tcsh']],
])('%j is a usage error: exit code 2 and a word on standard error', async (args) => {
  const { code, stdout, stderr } = await golive(...args);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).not.toBe('');
});

it('A mistyped command is answered with the one that was meant', async () => {
  expect((await golive('rehearze')).stderr).toContain('Did you mean rehearse?');
});

it('Help goes to standard output with exit code 0 and names every command', async () => {
  const { code, stdout } = await golive('--help');
  expect(code).toBe(0);
  const decisions = ['approve', 'reject', 'attest', 'review', 'hold', 'resume', 'abort', 'recheck', 'retry-rollback'];
  const others = ['rehearse', 'dev', 'plan', 'start', 'status', 'list', 'keys', 'sign', 'evidence', 'completion'];
  for (const command of [...decisions, ...others]) expect(stdout).toContain(`  ${command} `);
});

it.each(['approve', 'retry-rollback', 'status'])('Help of %s says what its exit codes mean', async (command) => {
  const { code, stdout } = await golive(command, '--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/Exit codes: 0 .*1 .*2 usage.*3 .*6 no /s);
});

it('Help of a decision that is signed does not say that it counted', async () => {
  expect((await golive('sign', 'approve', '--help')).stdout).toContain('Exit codes: 0 signed, ');
});

it.each([[['--help']], [['approve', '--help']], [['plan', 'check', '--help']]])(
  'Help loads nothing of what commands do, because it is asked for often: %j',
  async (words) => {
    const main = join(checkout?.root ?? '', 'dist/cli/main.js');
    const code = `process.argv.push(...${JSON.stringify(words)}); process.on('exit', () => {
      const loaded = process.report.getReport().sharedObjects.join() + Object.keys(require('node:module')._cache).join();
      console.error(loaded.includes('@temporalio') ? 'LOADED' : 'clean');
    }); import(${JSON.stringify(main)});`;
    const { stderr } = await promisify(execFile)(process.execPath, ['-e', code, main]);
    expect(stderr.trim()).toBe('clean');
  },
);

it('Without a Temporal server it says how to get one, as the last line of JSON too', async () => {
  const plain = await golive('rehearse');
  expect(plain.code).toBe(1);
  expect(plain.stdout).toContain('node scripts/setup.mjs start');
  const json = await golive('rehearse', '--json');
  const last: unknown = JSON.parse(json.stdout.trim().split('\n').at(-1) ?? '');
  expect(last).toMatchObject({ kind: 'ended', outcome: 'failed', exitCode: 1 });
});

describe('Where no Temporal server answers', () => {
  const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1', GOLIVE_BY: 'ben@acme.example' };

  it.each([
    [['status']],
    [['list']],
    [['approve', '--yes']],
    [['abort', '--reason', 'x']],
    [['sign', 'hold', '--key', 'k']],
  ])('%j says what to do, and nothing of how it failed: exit code 6', async (words) => {
    const { code, stdout, stderr } = await goliveIn(nowhere, ...words);
    expect(code).toBe(6);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^golive: No Temporal server answers at 127\.0\.0\.1:1\. .*TEMPORAL_ADDRESS/);
    expect(stderr).not.toMatch(/ at .*\.js|grpc|Error/i);
  });

  it('with --json the failure is one JSON object, and nothing else is written', async () => {
    const { code, stdout, stderr } = await goliveIn(nowhere, 'list', '--json');
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining('No Temporal server'), exitCode: 6 });
    expect(stderr).toBe('');
  });

  it('a plan is refused before a server is looked for', async () => {
    const { code, stderr } = await goliveIn(nowhere, 'start', join(ROOT, 'package.json'));
    expect(code).toBe(3);
    expect(stderr).toContain('apiVersion');
  });
});

describe('Completion', () => {
  const completed = async (...words: readonly string[]) => {
    const { stdout } = await golive('complete', '--', ...words);
    return stdout.split('\n').map((line) => line.split('\t')[0]);
  };

  it('knows commands, options and what an argument can be', async () => {
    expect(await completed('re')).toEqual(expect.arrayContaining(['rehearse', 'review', 'recheck', 'retry-rollback']));
    expect(await completed('plan', '')).toEqual(expect.arrayContaining(['init', 'check', 'show']));
    expect(await completed('approve', '')).toEqual(expect.arrayContaining(['begin-traffic', 'release-kill-switch']));
    expect(await completed('attest', 'circuit')).toContain('circuit-breakers');
    expect(await completed('status', '--until', '')).toEqual(expect.arrayContaining(['done', 'post-launch']));
    expect(await completed('sign', 'abort', '--re')).toContain('--reason');
  });

  it('knows the files of a folder', async () => {
    expect(await completed('plan', 'check', `${ROOT}/contract/plan`)).toContain(`${ROOT}/contract/plan.example.json`);
    expect(await completed('approve', '--key', `${ROOT}/contr`)).toContain(`${ROOT}/contract/`);
  });

  it.each(['bash', 'zsh', 'fish', 'powershell'])(
    'is taught to %s by a script that calls this very program',
    async (shell) => {
      const { code, stdout } = await golive('completion', shell);
      expect(code).toBe(0);
      expect(stdout).toMatch(/\/dist\/cli\/main\.js complete '?--'? /);
    },
  );
});
