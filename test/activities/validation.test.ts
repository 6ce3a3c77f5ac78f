import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CancelledFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActivities, type Activities } from '../../src/activities/index.ts';
import type { Profile } from '../../src/domain/profile-schema.ts';
import type { Finding } from '../../src/domain/verdict.ts';
import { factsPath } from '../../src/evidence/layout.ts';
import { standIn } from '../support/stand-in.ts';
import { evidenceDirectory, sealTools } from '../support/sealing.ts';
import { outcomeOf, secretsIn, textOf } from './outcome.ts';
import { LIMITS, PLAN, startStage, type Stage } from './stage.ts';
import { calledByRun } from './called.ts';

type CommandLine = NonNullable<Profile['intended']['cli']>;

const { policy, rollout } = PLAN;
const OPEN = ['whether every policy validates: nothing here can ask the platform'];
const SAYS_SO = `console.log('2 policies are valid');`;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage.close());

/** The activities of a profile whose command line is this script for Node. */
async function activitiesWith(script: string, changed: Partial<CommandLine> = {}): Promise<Activities> {
  const { operator, store } = stage;
  const [[name, profile] = []] = Object.entries(operator.profiles);
  if (name === undefined || profile === undefined) throw new Error('the stage has no profile');
  const binary = await standIn(script);
  const cli = { binary, environments: {}, environmentVariables: {}, timeout: 60_000, ...changed };
  const profiles = { [name]: { ...profile, intended: { ...profile.intended, cli } } };
  return calledByRun(createActivities({ operator: { ...operator, profiles }, store, sealing: sealTools() }));
}

/** Checks as a worker does it. */
function check(activities: Activities, environment = anEnvironment()): Promise<Finding> {
  return environment.run(() => activities.checkPolicySet(stage.scope, { policy })) as Promise<Finding>;
}

function anEnvironment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}

const evidenceFolder = () => join(evidenceDirectory(stage.operator), stage.scope.folder);

function factsOf({ evidence }: Finding): unknown {
  if (evidence === undefined) throw new Error('nothing was kept');
  return JSON.parse(readFileSync(join(evidenceFolder(), factsPath(evidence)), 'utf8'));
}

/** All that was ever kept, names of files included. */
function allEvidence(): string {
  const entries = readdirSync(evidenceFolder(), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${name}\n${readFileSync(join(parentPath, name), 'utf8')}`)
    .join('\n');
}

describe('a profile without a command line', () => {
  it('leaves open whether every policy validates, for a person to vouch for', async () => {
    const finding = await stage.activities.checkPolicySet(stage.scope, { policy });
    expect(finding).toMatchObject({
      verdict: 'pass',
      open: OPEN,
      subject: expect.stringMatching(/^sha256:/) as string,
    });
  });
});

describe('a profile with a command line', () => {
  it('passes by its word and leaves nothing open', async () => {
    const finding = await check(await activitiesWith(SAYS_SO));
    expect(finding).toMatchObject({ verdict: 'pass', reasons: [] });
    expect(finding.summary).toMatch(/ planned versions are active, nothing else; every policy validates$/);
    expect(finding).not.toHaveProperty('open');
  });

  it('keeps what was run and what came of it beside the versions', async () => {
    expect(factsOf(await check(await activitiesWith(SAYS_SO)))).toMatchObject({
      versions: { active: expect.any(Array) as unknown },
      validation: {
        outcome: 'valid',
        args: ['policy', 'validate', '--all', '--environment', 'production'],
        ending: { how: 'exited', code: 0 },
        durationMs: expect.any(Number) as number,
        stdout: { beginning: '2 policies are valid\n', sha256: expect.stringMatching(/^sha256:/) as string },
      },
    });
  });

  it('asks in the own word of the command line for the environment where it has one', async () => {
    const activities = await activitiesWith(SAYS_SO, { environments: { production: 'live' } });
    expect(factsOf(await check(activities))).toMatchObject({
      validation: { args: ['policy', 'validate', '--all', '--environment', 'live'] },
    });
  });

  it('fails when a policy does not validate, without repeating what was printed', async () => {
    const finding = await check(await activitiesWith(`console.log('payments is broken'); process.exitCode = 1;`));
    const reason = "validation: the platform's command line finds a policy invalid (exit code 1)";
    expect(finding).toMatchObject({ verdict: 'fail', summary: reason, reasons: [reason] });
    expect(finding).not.toHaveProperty('open');
    expect(JSON.stringify(factsOf(finding))).toContain('payments is broken');
  });

  it.each([
    ['printed nothing, as one that looks at nothing does (exit code 0)', '', {}],
    ['ended in a way that says nothing about policies (exit code 2)', `${SAYS_SO} process.exitCode = 2;`, {}],
    ['ended in a way that says nothing about policies (exit code 127)', `${SAYS_SO} process.exitCode = 127;`, {}],
    ['was killed (SIGTERM)', `process.kill(process.pid, 'SIGTERM');`, {}],
    ['did not finish in time', `${SAYS_SO} setInterval(() => undefined, 1000);`, { timeout: 300 }],
    ['printed too much', `process.stdout.write('valid '.repeat(1e6));`, {}],
    ['could not be started (ENOENT)', '', { binary: '/nowhere/meritt' }],
  ])('is inconclusive, with facts, when it %s', async (why, script, changed) => {
    const finding = await check(await activitiesWith(script, changed));
    expect(finding.verdict).toBe('inconclusive');
    expect(finding.reasons).toHaveLength(1);
    expect(finding.reasons[0]).toContain(`validation: the platform's command line ${why}`);
    expect(finding).not.toHaveProperty('open');
    expect(factsOf(finding)).toHaveProperty('validation.ending');
  });

  it('tells of the versions as well', async () => {
    stage.sandbox.control.arm({ kind: 'world', name: 'policy-drift' });
    try {
      const valid = await check(await activitiesWith(SAYS_SO));
      expect(valid.verdict).toBe('fail');
      expect(valid.reasons.every((reason) => reason.startsWith('versions: '))).toBe(true);
      const silent = await check(await activitiesWith(''));
      expect(silent.verdict).toBe('fail');
      expect(silent.reasons.at(-1)).toMatch(/^validation: /);
    } finally {
      stage.sandbox.control.disarmAll();
    }
  });

  it('is asked by this check alone', async () => {
    const script = `require('node:fs').appendFileSync(__filename + '.asked', '.'); ${SAYS_SO}`;
    const binary = await standIn(script);
    const activities = await activitiesWith('', { binary });
    const { scope, key } = stage;
    await activities.confirmReady(scope, { rollout, policy });
    await activities.checkEverythingAgain(scope, { limits: LIMITS, policy, key: key('post-launch-readiness') });
    await activities.verifyRollback(scope, { previous: policy.previous, percent: 0, key: key('verify-rollback') });
    expect(existsSync(`${binary}.asked`)).toBe(false);
    await check(activities);
    expect(readFileSync(`${binary}.asked`, 'utf8')).toBe('.');
  });

  it('is ended when the worker needs the check no longer, which is no finding', async () => {
    const activities = await activitiesWith(`${SAYS_SO} setInterval(() => undefined, 1000);`);
    const environment = anEnvironment();
    const checking = check(activities, environment);
    environment.cancel();
    await expect(checking).rejects.toThrow(CancelledFailure);
  });
});

describe('a secret of the command line', () => {
  const CANARY = 'CANARY-key-CANARY';
  const environmentVariables = { KEY: CANARY };

  it.each([
    ['passes', ''],
    ['finds a policy invalid', 'process.exitCode = 1;'],
    ['fails', 'process.exitCode = 2;'],
    ['crashes', `throw new Error(process.env.KEY);`],
  ])('reaches neither finding nor failure nor evidence when it %s', async (_how, end) => {
    const { golive, staging } = stage.sandbox.secrets;
    const prints = `for (const output of [console.log, console.error])
      output('asked with', process.env.KEY, 'as ${golive}', 'and ${staging}');`;
    const outcome = await outcomeOf(check(await activitiesWith(`${prints} ${end}`, { environmentVariables })));
    expect(textOf(outcome)).not.toContain('CANARY');
    expect(secretsIn(textOf(outcome), stage)).toEqual([]);
    expect(allEvidence()).toContain('asked with [secret]');
    expect(allEvidence()).not.toContain('CANARY');
    expect(secretsIn(allEvidence(), stage)).toEqual([]);
  });

  it('of a shape that is known is kept out as well where nobody handed it over', async () => {
    const signed = 'eyJhbGciOiJSUzI1NiJ9.eyJDQU5BUlkiOjF9.Q0FOQVJZ';
    const { evidence } = await check(await activitiesWith(`console.log('signed ${signed}');`));
    expect(await stage.keeps(evidence)).toBe(true);
    expect(allEvidence()).not.toContain(signed);
  });

  it('that makes it impossible to start is not told', async () => {
    const activities = await activitiesWith('', { environmentVariables: { KEY: `${CANARY}\0` } });
    const outcome = await outcomeOf(check(activities));
    expect(textOf(outcome)).toContain('could not be started');
    expect(textOf(outcome) + allEvidence()).not.toContain('CANARY');
  });
});
