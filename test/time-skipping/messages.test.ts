import { expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { MESSAGE_NAMES } from '../../src/domain/messages.ts';
import type { Progress } from '../../src/domain/run.ts';
import { failing, passing } from '../support/fakes.ts';
import { helpfulExceptFor, timeSkipping, typeOf } from './rig.ts';

const beginTraffic = ({ step }: Progress) => step?.id === 'begin-traffic';

test('signals that nobody can decode are refused and visible, and the run goes on to its end', async () => {
  await timeSkipping(async (run) => {
    await run.until(beginTraffic, helpfulExceptFor('begin-traffic'));
    const before = (await run.progress()).messages.refusedInAll;
    await run.signalRaw('approve', { encoding: 'json/protobuf', data: '{"gate":"begin-traffic"}' });
    await run.signalRaw('approve', { encoding: 'json/plain', data: '{"gate":' });
    await run.signalRaw('approve', { encoding: 'binary/protobuf', data: '\u0000\u0001' });
    await run.signalRaw('approve', { encoding: 'made/up', data: 'x' });
    const { messages } = await run.until(
      ({ messages: now }) => now.refusedInAll >= before + 4,
      helpfulExceptFor('begin-traffic'),
    );
    expect(messages.refused.slice(-4).map(({ name, why }) => [name, why])).toEqual(
      Array.from({ length: 4 }, () => ['approve', expect.stringContaining('could not be decoded')]),
    );
    expect(await run.end()).toMatchObject({ outcome: 'live' });
  });
});

test('a message of any other shape is refused, as an update and as a signal, and the run goes on', async () => {
  const misshapen: readonly (readonly unknown[])[] = [
    [],
    [null],
    ['yes'],
    [[{ gate: 'begin-traffic' }]],
    [{}, {}],
    [{ gate: 'begin-traffic', by: 'ben@acme.example', plan: 'x', force: true }],
    [{ gate: 'begin-traffic', by: 7, plan: 'x' }],
  ];
  await timeSkipping(async (run) => {
    await run.until(beginTraffic, helpfulExceptFor('begin-traffic'));
    for (const args of misshapen) {
      for (const name of MESSAGE_NAMES) {
        await run.handle.signal<unknown[]>(name, ...args);
        expect(await run.handle.executeUpdate(name, { args: args as [] })).toMatchObject({ counted: false });
      }
    }
    const { messages, state } = await run.progress();
    expect(state).toBe('waiting');
    expect(messages.refusedInAll).toBe(2 * misshapen.length * MESSAGE_NAMES.length);
    expect(messages.refused).toHaveLength(20);
    await run.say('abort', { by: 'chi@acme.example', reason: 'enough' });
    expect(typeOf(await run.failure())).toBe('Rejected');
  });
});

test('a signal nested without end is refused, and half a character is never passed on to the journal', async () => {
  await timeSkipping(async (run) => {
    await run.until(beginTraffic, helpfulExceptFor('begin-traffic'));
    const deep = `{"by":"chi@acme.example","reason":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    await run.signalRaw('hold', { encoding: 'json/plain', data: deep });
    await run.signalRaw('hold', { encoding: 'json/plain', data: String.raw`{"by":"\ud800","reason":"x"}` });
    const { messages } = await run.until(
      ({ messages: now }) => now.refusedInAll >= 2,
      helpfulExceptFor('begin-traffic'),
    );
    expect(messages).toMatchObject({ accepted: expect.any(Number), refusedInAll: 2 });
    await run.say('abort', { by: 'chi@acme.example', reason: 'enough' });
    expect(typeOf(await run.failure())).toBe('Rejected');
    expect(/\p{Surrogate}/u.test(JSON.stringify(run.fakes.journal))).toBe(false);
  });
});

test('signals of unknown names, even of the SDK, change nothing', async () => {
  await timeSkipping(async (run) => {
    await run.until(beginTraffic, helpfulExceptFor('begin-traffic'));
    for (const name of ['apprve', 'toString', '__proto__', 'terminate']) await run.handle.signal<[object]>(name, {});
    expect((await run.progress()).messages.refusedInAll).toBe(0);
    await run.say('abort', { by: 'chi@acme.example', reason: 'enough' });
    expect(typeOf(await run.failure())).toBe('Rejected');
  });
});

test('an approval that comes before its gate is refused visibly and does not count later', async () => {
  await timeSkipping(async (run) => {
    const { plan } = await run.until(
      ({ phase }) => phase === 'controls',
      () => [],
    );
    const early = { gate: 'begin-traffic', by: 'ben@acme.example', plan };
    expect(await run.say('approve', early)).toMatchObject({ counted: false, text: expect.stringContaining('gate') });
    const { waitingFor } = await run.until(beginTraffic, helpfulExceptFor('begin-traffic'));
    expect(waitingFor).toMatchObject([{ kind: 'approval', have: 0, need: 2 }]);
  });
});

test('an approval of another plan does not count', async () => {
  await timeSkipping(async (run) => {
    await run.until(beginTraffic, helpfulExceptFor('begin-traffic'));
    const other = { gate: 'begin-traffic', by: 'ben@acme.example', plan: `sha256:${'0'.repeat(64)}` };
    expect(await run.say('approve', other)).toMatchObject({ counted: false, text: expect.stringContaining('plan') });
  });
});

test('one person approves once, whether by signal or by update', async () => {
  await timeSkipping(async (run) => {
    const { plan } = await run.until(beginTraffic, helpfulExceptFor('begin-traffic'));
    await run.handle.signal<[object]>('approve', { gate: 'begin-traffic', by: 'ben@acme.example', plan });
    expect(await run.say('approve', { gate: 'begin-traffic', by: ' Ben@acme.example', plan })).toMatchObject({
      counted: false,
    });
    expect((await run.progress()).waitingFor).toMatchObject([{ have: 1, need: 2 }]);
  });
});

test('a hold freezes the share before the next move, and a resume lets it go on', async () => {
  await timeSkipping(async (run) => {
    await run.until(({ step, traffic }) => step?.id === 'ramp-25' && traffic.confirmed && traffic.percent === 25);
    expect(await run.say('hold', { by: 'ana@acme.example', reason: "the vendor's call" })).toMatchObject({
      counted: true,
    });
    expect((await run.progress()).state).toBe('held');
    const left = Date.parse((await run.progress()).step?.deadline ?? '') - (await run.now());
    await run.sleep(left + 50);
    const held = await run.until(({ step }) => step?.id === 'ramp-50');
    expect(held).toMatchObject({ state: 'held', traffic: { percent: 25, confirmed: true } });
    expect(held.waitingFor).toMatchObject([{ kind: 'resume' }]);
    expect(run.fakes.requests('shiftTraffic').map(({ to }) => to)).toEqual([5, 25]);
    // The watch does not pause with the share.
    const { raw } = await run.handle.describe();
    expect((raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name)).toContain('watchWindow');

    expect(await run.say('resume', { by: 'ana@acme.example' })).toMatchObject({ counted: true });
    expect(await run.end()).toMatchObject({ outcome: 'live' });
  });
});

test('a hold that comes while what precedes the move is measured keeps the share all the same', async () => {
  let isReady = false;
  const answers: Partial<Activities> = {
    confirmReady: () => Promise.resolve(isReady ? passing() : failing('a service is degraded')),
  };
  await timeSkipping(
    async (run) => {
      await run.until(({ state }) => state === 'blocked', helpfulExceptFor('recheck'));
      expect(await run.say('hold', { by: 'ana@acme.example', reason: 'not now' })).toMatchObject({ counted: true });
      isReady = true;
      expect(await run.say('recheck', { by: 'chi@acme.example' })).toMatchObject({ counted: true });
      await run.until(({ state }) => state === 'held');
      await run.idle();
      expect(run.fakes.names()).not.toContain('shiftTraffic');
      expect(await run.say('resume', { by: 'ana@acme.example' })).toMatchObject({ counted: true });
      await run.until(({ traffic }) => traffic.percent === 5 && traffic.confirmed);
    },
    { answers },
  );
});
