import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { wellFormed } from '../../src/domain/text.ts';
import { openCommandLine, type CommandLineOptions, type Validation } from '../../src/intended/meritt.ts';
import { sha256 } from '../../src/intended/sha256.ts';
import { standIn } from '../support/stand-in.ts';

const NOBODY = new AbortController().signal;
const KEY = 'CANARY-key-CANARY';
const OTHER_KEY = 'CANARY-other-CANARY';
const FILE = ['-----BEGIN CANARY-----', 'Q0FOQVJZ/line+one', 'Q0FOQVJZ/line+two', '-----END CANARY-----'].join('\n');

/** What the command line comes to when it is this script for Node. */
async function ask(script: string, options: Partial<CommandLineOptions> = {}): Promise<Validation> {
  const binary = await standIn(script);
  const given = { binary, environment: 'production', variables: {}, timeoutMs: 60_000, ...options };
  return openCommandLine(given).validatePolicies(NOBODY);
}

const outcomeOf = async (script: string, options?: Partial<CommandLineOptions>) => (await ask(script, options)).outcome;
const SAYS_SO = `console.log('12 policies are valid');`;

describe('the command line', () => {
  it('is asked in the words of the runbook, with the variables that were named and no others', async () => {
    const variables = { PATH: '/usr/bin', HOME: '/home/golive', Intended_TENANT_ID: 'tenant_acme_prod' };
    const tells = `console.log(JSON.stringify([process.argv.slice(2), Object.keys(process.env).sort()]));`;
    const { args, stdout } = await ask(tells, { variables });
    expect(args).toEqual(['policy', 'validate', '--all', '--environment', 'production']);
    expect(JSON.parse(stdout.beginning)).toEqual([args, ['HOME', 'Intended_TENANT_ID', 'PATH']]);
  });

  it('is asked once, whatever it answers', async () => {
    const counts = `require('node:fs').appendFileSync(__filename + '.started', '.');`;
    for (const end of [
      'process.exitCode = 0',
      'process.exitCode = 1',
      'process.exitCode = 2',
      'process.kill(process.pid)',
    ]) {
      const { binary } = await ask(`${counts} ${end};`);
      expect(readFileSync(`${binary}.started`, 'utf8')).toBe('.');
    }
  });

  it('leaves facts: what was run, how it ended, how long it took, and digests of what it printed', async () => {
    const { binary, ending, durationMs, stdout, stderr } = await ask(`${SAYS_SO} console.error('old version');`);
    expect(binary).toMatch(/\/meritt$/);
    expect(ending).toEqual({ how: 'exited', code: 0 });
    expect(durationMs).toBeGreaterThan(0);
    const said = '12 policies are valid\n';
    expect(stdout).toEqual({ bytes: said.length, sha256: sha256(said), beginning: said });
    expect(stderr).toEqual({ bytes: 12, sha256: sha256('old version\n'), beginning: 'old version\n' });
  });
});

describe('what it means', () => {
  it('is that every policy validates when it ends with 0 and has said something', async () => {
    expect(await outcomeOf(SAYS_SO)).toBe('valid');
  });

  it('is that a policy does not validate when it ends with 1, whatever it has said', async () => {
    expect(await outcomeOf(`${SAYS_SO} process.exitCode = 1;`)).toBe('invalid');
    expect(await outcomeOf(`process.exitCode = 1;`)).toBe('invalid');
  });

  it.each([2, 3, 64, 126, 127, 130, 137, 255])('is nothing when it ends with %i', async (code) => {
    expect(await outcomeOf(`${SAYS_SO} process.exitCode = ${code};`)).toBe('unknown-code');
  });

  it.each([
    ['nothing', ''],
    ['white space', `process.stdout.write(' \\n\\t\\r\\n');`],
    ['colours', `process.stdout.write('\\u001b[32m\\u001b[0m');`],
    ['a warning', `console.error('a new version is available');`],
  ])('is nothing when it ends with 0 and prints %s', async (_what, script) => {
    expect(await outcomeOf(script)).toBe('silent');
  });

  it('is nothing when it does not come to its end by itself', async () => {
    expect(await outcomeOf(`${SAYS_SO} setInterval(() => undefined, 1000);`, { timeoutMs: 300 })).toBe('late');
    expect(await outcomeOf(`require('node:fs').writeSync(1, 'valid'); process.kill(process.pid);`)).toBe('killed');
    expect(await outcomeOf(`process.stdout.write('valid'.repeat(1e6));`)).toBe('too-much-output');
    expect(await outcomeOf('', { binary: '/nowhere/meritt' })).toBe('not-started');
  });
});

describe('what it prints', () => {
  const GIVEN = { variables: { PATH: '/usr/bin', HOME: '/', KEY, FILE, EMPTY: '' }, secrets: [OTHER_KEY] };

  /** Everything that a log, a debugger or the evidence could write of it. */
  const everythingOf = (value: unknown) => JSON.stringify(value) + inspect(value, { depth: 20, showHidden: true });

  it.each([
    ['on standard output', `console.log('key', process.env.KEY);`],
    ['on the error output', `console.error('key ' + process.env.KEY); process.exitCode = 1;`],
    ['within a word', `console.log('https://x/?key=' + process.env.KEY + '&y=1');`],
    ['with colours in it', `console.log(process.env.KEY.replace('-', '-\\u001b[31m'));`],
    ['many times', `console.log((process.env.KEY + ' ').repeat(50));`],
    ['of several lines', `console.log(process.env.FILE);`],
    ['one line of several', `console.log('  ' + process.env.FILE.split('\\n')[1]);`],
    ['that it found for itself', `console.log('${OTHER_KEY}');`],
    ['where the beginning ends', `console.log('x'.repeat(4090) + process.env.KEY);`],
    ['where the beginning ends, without a line before', `console.log('x\\n' + 'y'.repeat(4085) + process.env.KEY);`],
  ])('gives no secret away %s', async (_where, script) => {
    const told = everythingOf(await ask(script, GIVEN));
    expect(told).not.toMatch(/CANARY|Q0FOQVJZ/);
  });

  it('still tells the rest, and where things are', async () => {
    const { stdout } = await ask(`console.log('no access with', process.env.KEY, 'below', process.env.HOME);`, GIVEN);
    expect(stdout.beginning).toBe('no access with [secret] below /\n');
  });

  it('is cut after a line, and its digest is that of the whole', async () => {
    const { stdout } = await ask(`for (let line = 0; line < 1000; line += 1) console.log('policy-' + line, 'valid');`);
    const whole = Array.from({ length: 1000 }, (_, line) => `policy-${line} valid\n`).join('');
    expect(stdout).toMatchObject({ bytes: whole.length, sha256: sha256(whole) });
    expect(whole.startsWith(stdout.beginning)).toBe(true);
    expect(stdout.beginning).toMatch(/ valid\n$/);
    expect(stdout.beginning.length).toBeGreaterThan(4_000);
    expect(stdout.beginning.length).toBeLessThanOrEqual(4_096);
  });

  it('may be anything but text', async () => {
    const { outcome, stdout } = await ask(`process.stdout.write(Buffer.from([0, 255, 254, 0xd8, 0x00, 65]));`);
    expect(outcome).toBe('valid');
    expect(stdout.beginning).toBe(wellFormed(stdout.beginning));
  });
});
