import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import type { Digest, Finding } from '../../src/domain/verdict.ts';
import { failing, passing } from '../support/fakes.ts';
import { examplePlan } from '../support/plans.ts';
import { helpful, helpfulExceptFor, SOON, timeSkipping, typeOf, type GoLive, type People } from './rig.ts';

const MINUTE = 60_000;
const DRILLS = ['rehearseKillSwitch', 'rehearseRevocation', 'rehearseRollback'];

/** The same finding about other facts. */
const about = (digit: string): Finding => ({ ...passing('1 production key'), subject: digestOf(digit) });
const digestOf = (digit: string): Digest => `sha256:${digit.repeat(64)}`;

/** One answer after the other; the last one stays. */
const inTurn = (...answers: readonly Finding[]) => {
  let asked = 0;
  return () => Promise.resolve(answers[Math.min(asked++, answers.length - 1)] ?? passing());
};

const count = ({ fakes }: GoLive, name: keyof Activities) => fakes.names().filter((called) => called === name).length;

/** Everything is answered but the gate. */
const undecided = helpfulExceptFor('begin-traffic');
const untilTheGate = (run: GoLive, people: People = undecided) =>
  run.until(({ step }) => step?.id === 'begin-traffic', people);
const untilTraffic = (run: GoLive, people: People = helpful) =>
  run.until(({ step }) => step?.id === 'steady-state', people);

test('what was found an hour before traffic is measured anew, and drills that are still good are not', async () => {
  await timeSkipping(async (run) => {
    await untilTheGate(run);
    await run.sleep(61 * MINUTE);
    await untilTraffic(run);
    expect(count(run, 'checkHealth')).toBe(2);
    expect(count(run, 'checkProductionKeys')).toBe(2);
    expect(run.fakes.names().filter((name) => DRILLS.includes(name))).toHaveLength(3);
    const names = run.fakes.names();
    expect(names.lastIndexOf('checkHealth')).toBeLessThan(names.indexOf('shiftTraffic'));
  });
});

test('what is still fresh is not measured a second time', async () => {
  await timeSkipping(async (run) => {
    await untilTraffic(run);
    expect(count(run, 'checkHealth')).toBe(1);
  });
});

test('the plan says how long facts and drills are good for', async () => {
  const plan = examplePlan({ freshness: { facts: '10m', drills: '1h' } });
  await timeSkipping(
    async (run) => {
      await untilTheGate(run);
      await run.sleep(61 * MINUTE);
      await untilTraffic(run);
      expect(count(run, 'checkHealth')).toBe(2);
      expect(count(run, 'rehearseKillSwitch')).toBe(2);
      const keys = run.fakes.requests('rehearseKillSwitch').map(({ key }) => key);
      expect(new Set(keys).size).toBe(2);
    },
    { args: [plan] },
  );
});

test('what has gone wrong while people took their time blocks the run before any traffic', async () => {
  await timeSkipping(
    async (run) => {
      await untilTheGate(run);
      await run.sleep(61 * MINUTE);
      const { steps, phase } = await run.until(({ state }) => state === 'blocked');
      expect(phase).toBe('rollout');
      expect(steps.find(({ id }) => id === 'infrastructure-health')).toMatchObject({ reasons: ['degraded meanwhile'] });
      expect(run.fakes.names()).not.toContain('shiftTraffic');
      await run.say('abort', { by: 'chi@acme.example', reason: 'enough' });
      expect(typeOf(await run.failure())).toBe('Rejected');
    },
    { answers: { checkHealth: inTurn(passing(), failing('degraded meanwhile')) } },
  );
});

test('a word on facts that have changed since is void, and its owner is asked anew', async () => {
  await timeSkipping(
    async (run) => {
      await untilTheGate(run);
      await run.sleep(61 * MINUTE);
      const { waitingFor } = await run.until(
        ({ waitingFor: asked }) => asked.some(({ what }) => what === 'production-keys'),
        helpfulExceptFor('production-keys'),
      );
      expect(waitingFor).toMatchObject([{ kind: 'attestation', what: 'production-keys', facts: digestOf('b') }]);
      expect(run.fakes.names()).not.toContain('shiftTraffic');
      await untilTraffic(run);
      const voided = () => run.fakes.journal.filter(({ kind }) => kind === 'word-void');
      await expect
        .poll(voided, SOON)
        .toMatchObject([{ body: { control: 'production-keys', why: 'the facts have changed' } }]);
    },
    { answers: { checkProductionKeys: inTurn(about('a'), about('b')) } },
  );
});

test('a word on facts that are still the same holds, although they were measured anew', async () => {
  await timeSkipping(
    async (run) => {
      await untilTheGate(run);
      const before = (await run.progress()).messages.accepted;
      await run.sleep(61 * MINUTE);
      await untilTraffic(run);
      expect(count(run, 'checkProductionKeys')).toBe(2);
      expect((await run.progress()).messages.accepted - before).toBe(2);
    },
    { answers: { checkProductionKeys: () => Promise.resolve(about('a')) } },
  );
});

test('a word that expires before traffic is asked for anew', async () => {
  const shortWord: People = (waiting, progress) => {
    const said = helpful(waiting, progress);
    if (waiting.what !== 'circuit-breakers') return waiting.what === 'begin-traffic' ? [] : said;
    const expires = new Date(Date.parse(progress.step?.since ?? '') + 30 * MINUTE).toISOString();
    return said.map(({ name, body }) => ({ name, body: { ...body, expires } }));
  };
  await timeSkipping(async (run) => {
    await untilTheGate(run, shortWord);
    await run.sleep(31 * MINUTE);
    const { waitingFor } = await run.until(
      ({ waitingFor: asked }) => asked.some(({ kind }) => kind === 'attestation'),
      helpfulExceptFor('circuit-breakers'),
    );
    expect(waitingFor).toMatchObject([{ kind: 'attestation', what: 'circuit-breakers' }]);
    await untilTraffic(run);
  });
});

test('a recheck repeats what is blocked and what has gone stale, and nothing else', async () => {
  await timeSkipping(
    async (run) => {
      await run.until(({ state }) => state === 'blocked');
      await run.say('recheck', { by: 'ana@acme.example' });
      await run.until(({ state, waitingFor }) => state === 'blocked' && waitingFor.length === 1);
      expect([count(run, 'checkHealth'), count(run, 'checkAuditPipeline')]).toEqual([1, 2]);
      await run.idle();
      await run.sleep(61 * MINUTE);
      await run.say('recheck', { by: 'ana@acme.example' });
      await run.until(({ phase }) => phase === 'controls');
      await run.until(() => count(run, 'checkHealth') === 2);
      expect(count(run, 'checkAuditPipeline')).toBe(3);
    },
    { answers: { checkAuditPipeline: inTurn(failing('stale'), failing('stale'), passing()) } },
  );
});

test('with traffic nothing of what came before it is repeated: a drill would be an outage', async () => {
  await timeSkipping(async (run) => {
    await untilTraffic(run);
    const drills = () => run.fakes.names().filter((name) => DRILLS.includes(name)).length;
    const before = drills();
    await run.until(({ step }) => step?.id === 'post-launch-readiness' || step?.id === 'archive-evidence');
    expect(drills()).toBe(before);
    expect(count(run, 'checkHealth')).toBe(1);
  });
});

test('what no machine could check of the policy set waits for somebody to vouch for it', async () => {
  const open = ['whether every policy validates: nothing here can ask the platform'];
  await timeSkipping(
    async (run) => {
      const { waitingFor } = await run.until(
        ({ waitingFor: asked }) => asked.some(({ kind }) => kind === 'attestation'),
        helpfulExceptFor('policy-set'),
      );
      expect(waitingFor).toMatchObject([{ what: 'policy-set', about: ['2 versions', ...open] }]);
      await run.until(({ phase }) => phase === 'controls');
    },
    { answers: { checkPolicySet: () => Promise.resolve({ ...passing('2 versions'), open }) } },
  );
});

test('a policy set that was checked whole needs nobody', async () => {
  await timeSkipping(async (run) => {
    const { steps } = await run.until(
      ({ phase }) => phase === 'controls',
      () => [],
    );
    expect(steps.find(({ id }) => id === 'policy-set')).toMatchObject({ status: 'passed' });
  });
});
