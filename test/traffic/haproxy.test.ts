import { describe, expect, it, type TestContext } from 'vitest';
import { haproxyTraffic, type HaproxyOptions } from '../../src/traffic/haproxy/haproxy.ts';
import { hasForgotten, type TrafficPort } from '../../src/traffic/port.ts';
import { nobody } from '../support/local-server.ts';
import { keepsItsPromises, problemOf, signal, type Bench, type Mischief } from './conformance.ts';
import { callersOf, SORTED, startHaproxy, until, type Change, type Haproxy } from './haproxy-process.ts';
import { openLine, type Conduct } from './line.ts';

type Mode = HaproxyOptions['split']['mode'];

const optionsFor = (mode: Mode, { socket, map }: Haproxy): HaproxyOptions => ({
  runtime: { socket },
  split:
    mode === 'weight'
      ? { mode, backend: 'authorization', intended: 'intended', bypass: 'bypass' }
      : { mode, map, intended: 'intended', bypass: 'bypass' },
});

/** How somebody else moves the share. */
const moving: Readonly<Record<Mode, (haproxy: Haproxy, percent: number) => Promise<string>>> = {
  weight: ({ run }, percent) =>
    run(`set server authorization/intended weight ${percent};set server authorization/bypass weight ${100 - percent}`),
  sticky: ({ run, map }, percent) => run(`set map ${map} share ${percent}`),
};

const telling: Readonly<Record<Mode, (haproxy: Haproxy) => Promise<number>>> = {
  weight: async ({ run }) => Number.parseInt(await run('get weight authorization/intended'), 10),
  sticky: async ({ run, map }) => Number(/ share (\d+)/.exec(await run(`show map ${map}`))?.[1]),
};

const answering =
  (answer: string): Conduct =>
  (caller) =>
    void caller.end(answer);

const MISBEHAVIOUR: Readonly<Record<Mischief, Conduct>> = {
  refuses: answering('Permission denied\n\n'),
  // HAProxy has no words for that it fails; it is gone then.
  fails: (caller) => void caller.destroy(),
  'never answers': () => undefined,
  'never finishes': (caller) => void caller.write('Name: HAProxy\n'),
  'talks nonsense': answering('HTTP/1.1 400 Bad request\r\n\r\n<html>\n\n'),
  'talks too much': answering('Name: HAProxy\n'.repeat(30_000)),
  'hangs up': (caller) => void caller.end('Name: HAPr'),
  'moves and hangs up': (caller, first, callee) => {
    const other = callee();
    other.write(first);
    // HAProxy hangs up once it has carried out everything.
    other.resume().once('close', () => caller.destroy());
  },
};

const isMove = (command: string) => /^(?:set|add) /.test(command);

const openBench =
  (mode: Mode) =>
  async (context: TestContext): Promise<Bench> => {
    const haproxy = await startHaproxy(context, mode);
    const line = `${haproxy.socket}.line`;
    const way = await openLine(line, haproxy.socket);
    const options = { ...optionsFor(mode, haproxy), runtime: { socket: line } };
    await moving[mode](haproxy, 5);
    return {
      traffic: haproxyTraffic(options),
      hasty: haproxyTraffic({ ...options, deadline: 100 }),
      move: async (percent) => void (await moving[mode](haproxy, percent)),
      told: () => telling[mode](haproxy),
      misbehave(mischief) {
        const appliesTo = mischief === 'moves and hangs up' ? isMove : () => true;
        way.conduct = {
          appliesTo,
          with: (...connection) => {
            way.conduct = undefined;
            MISBEHAVIOUR[mischief](...connection);
          },
        };
      },
      secrets: ['<html>', haproxy.socket],
    };
  };

for (const mode of ['weight', 'sticky'] as const) keepsItsPromises(`the haproxy adapter (${mode})`, openBench(mode));

/** A HAProxy and the adapter for it. */
async function open(context: TestContext, mode: Mode, changes: readonly Change[] = []) {
  const haproxy = await startHaproxy(context, mode, changes);
  return { haproxy, traffic: haproxyTraffic(optionsFor(mode, haproxy)) };
}

async function setTo(traffic: TrafficPort, percent: number): Promise<void> {
  await traffic.set(percent, await traffic.read(signal), signal);
}

/** How many of so many requests come to the platform. */
async function countOf(requests: readonly Promise<{ side: string; status: number }>[]): Promise<number> {
  const answers = await Promise.all(requests);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  return answers.filter(({ side }) => side === 'intended').length;
}

describe('HAProxy by weights', () => {
  it('begins at the safe share of its configuration', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight');
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
    expect(await countOf(Array.from({ length: 100 }, () => haproxy.ask({})))).toBe(0);
  });

  it('sends the share that was asked for, within 1 %, from wherever it comes', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight');
    const requests = 400;
    for (const percent of [5, 25, 50, 100, 5, 100, 25, 0, 50, 0]) {
      await setTo(traffic, percent);
      const count = await countOf(Array.from({ length: requests }, () => haproxy.ask({})));
      expect(Math.abs((100 * count) / requests - percent)).toBeLessThanOrEqual(1);
    }
  });

  it('always has somebody to send to while the share moves from one end to the other', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight');
    let isOver = false;
    const statuses = new Set<number>();
    const callers = Array.from({ length: 4 }, async () => {
      while (!isOver) statuses.add((await haproxy.ask({})).status);
    });
    for (const percent of [100, 0, 100, 0, 100, 0]) await setTo(traffic, percent);
    isOver = true;
    await Promise.all(callers);
    expect(statuses).toEqual(new Set([200]));
  });

  it('makes shares that are not whole, exactly or not at all', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight');
    await setTo(traffic, 12.5);
    expect(await haproxy.run('get weight authorization/bypass')).toMatch(/^7 /);
    expect(await traffic.read(signal)).toMatchObject({ percent: 12.5 });
    expect(await problemOf(setTo(traffic, 12.3))).toMatchObject({ problem: 'refused' });
    expect(await traffic.read(signal)).toMatchObject({ percent: 12.5 });
  });

  it('is not at a share whose server is in maintenance, though it was told so', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight');
    await setTo(traffic, 25);
    for (const state of ['maint', 'drain']) {
      await haproxy.run(`set server authorization/intended state ${state}`);
      const error = await problemOf(traffic.read(signal));
      expect(error).toMatchObject({ problem: 'not-in-force', told: { percent: 25 } });
      expect(error.message).toMatch(/^the server intended is (?:MAINT|DRAIN)$/);
    }
    await haproxy.run('set server authorization/intended state ready');
    await until(() => isAt(traffic, 25));
  });

  it('is not at a share whose server is down, and can be moved away from it', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight');
    await setTo(traffic, 50);
    await haproxy.stop('intended');
    await until(async () => !(await isAt(traffic, 50)));
    const error = await problemOf(traffic.read(signal));
    expect(error).toMatchObject({ problem: 'not-in-force', told: { percent: 50 } });
    expect(await traffic.set(0, error.told ?? { percent: 50, version: '' }, signal)).toMatchObject({ percent: 0 });
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
  });

  it('is not at a share while a server is still starting', async (context) => {
    const slow: Change = ['weight 100 check', 'weight 100 slowstart 30s check'];
    const { haproxy, traffic } = await open(context, 'weight', [slow]);
    await haproxy.run('set server authorization/bypass state maint');
    await haproxy.run('set server authorization/bypass state ready');
    await until(async () => (await problemOf(traffic.read(signal))).message !== 'the server bypass is MAINT');
    expect(await problemOf(traffic.read(signal))).toMatchObject({
      problem: 'not-in-force',
      message: 'the server bypass is still starting',
    });
  });

  it('has no share while nobody gets anything', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight');
    await haproxy.run('set server authorization/bypass weight 0');
    const error = await problemOf(traffic.read(signal));
    expect(error).toMatchObject({ problem: 'not-in-force', message: 'both weights are 0' });
    await traffic.set(0, error.told ?? { percent: 0, version: '' }, signal);
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
  });

  it('is refused by a socket that may look and not move', async (context) => {
    const { haproxy, traffic } = await open(context, 'weight', [['level admin', 'level operator']]);
    const before = await traffic.read(signal);
    expect(await problemOf(traffic.set(25, before, signal))).toMatchObject({
      problem: 'refused',
      message: 'the runtime API of HAProxy is not of level admin',
    });
    expect(await telling.weight(haproxy)).toBe(0);
  });

  it('is refused by a socket that may not even look at everything', async (context) => {
    const { traffic } = await open(context, 'weight', [['level admin', 'level user']]);
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'refused' });
  });

  it.for<readonly [string, Change, string]>([
    [
      'a third server',
      ['  server bypass', '  server more 127.0.0.1:9 weight 1\n  server bypass'],
      'has 3 servers, not two',
    ],
    ['a backup server', ['weight 100 check', 'weight 100 backup check'], 'has a backup server'],
    ['another algorithm', ['balance roundrobin', 'balance leastconn'], 'does not balance by roundrobin'],
    [
      'a cookie',
      ['balance roundrobin', 'balance roundrobin\n  cookie SIDE insert'],
      'keeps callers at a server by a cookie',
    ],
  ])('is not believed with %s', async ([, change, problem], context) => {
    const { traffic } = await open(context, 'weight', [change]);
    const error = await problemOf(traffic.read(signal));
    expect(error).toMatchObject({ problem: 'surprising-shape', message: `the backend authorization ${problem}` });
  });
});

describe('HAProxy by callers', () => {
  /** Those of the callers that come to the platform. */
  async function routed({ ask }: Haproxy, callers: readonly string[]): Promise<string[]> {
    const answers = await Promise.all(
      callers.map(async (caller) => ({ caller, ...(await ask({ 'x-actor-id': caller })) })),
    );
    return answers.filter(({ side }) => side === 'intended').map(({ caller }) => caller);
  }

  it('sends exactly the share of callers that was asked for, and only ever adds some when it rises', async (context) => {
    const { haproxy, traffic } = await open(context, 'sticky', [SORTED]);
    const callers = await callersOf(haproxy);
    expect(await routed(haproxy, callers)).toEqual([]);
    let before: string[] = [];
    for (const percent of [5, 25, 50, 100]) {
      await setTo(traffic, percent);
      const now = await routed(haproxy, callers);
      expect(now).toHaveLength(percent);
      expect(now).toEqual(expect.arrayContaining(before));
      before = now;
    }
    await setTo(traffic, 25);
    expect(await routed(haproxy, callers)).toHaveLength(25);
  });

  it('sends one caller to one side, always', async (context) => {
    const { haproxy, traffic } = await open(context, 'sticky');
    await setTo(traffic, 50);
    const callers = Array.from({ length: 40 }, (_, index) => `tenant-${index}`);
    const first = await routed(haproxy, callers);
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(40);
    for (let again = 0; again < 10; again++) expect(await routed(haproxy, callers)).toEqual(first);
  });

  it('sends everybody at 100 % and nobody at 0 %, also who has no key', async (context) => {
    const { haproxy, traffic } = await open(context, 'sticky');
    const anybody = [{}, { 'x-actor-id': '' }, { 'x-actor-id': 'agent, agent' }, { 'x-actor-id': 'a'.repeat(2_000) }];
    const sides = async () =>
      new Set(await Promise.all(anybody.map(async (headers) => (await haproxy.ask(headers)).side)));
    expect(await sides()).toEqual(new Set(['bypass']));
    await setTo(traffic, 100);
    expect(await sides()).toEqual(new Set(['intended']));
  });

  it('refuses what 100 buckets cannot make', async (context) => {
    const { traffic } = await open(context, 'sticky');
    expect(await problemOf(setTo(traffic, 12.5))).toMatchObject({ problem: 'refused' });
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
  });

  it('is not at a share whose backend is down, and can be moved away from it', async (context) => {
    const { haproxy, traffic } = await open(context, 'sticky');
    await setTo(traffic, 50);
    await haproxy.stop('intended');
    await until(async () => !(await isAt(traffic, 50)));
    const error = await problemOf(traffic.read(signal));
    expect(error).toMatchObject({ problem: 'not-in-force', message: 'the backend intended is DOWN' });
    await traffic.set(0, error.told ?? { percent: 50, version: '' }, signal);
    expect(await traffic.read(signal)).toMatchObject({ percent: 0 });
  });

  it('notices a move there and back by whoever commits versions of the map', async (context) => {
    const { haproxy, traffic } = await open(context, 'sticky');
    await setTo(traffic, 25);
    const before = await traffic.read(signal);
    await setTo(traffic, 50);
    await setTo(traffic, 25);
    expect((await traffic.read(signal)).percent).toBe(before.percent);
    expect(await problemOf(traffic.set(50, before, signal))).toMatchObject({ problem: 'moved-by-somebody-else' });
    expect(await telling.sticky(haproxy)).toBe(25);
  });

  it('goes on after a version that somebody prepared and left', async (context) => {
    const { haproxy, traffic } = await open(context, 'sticky');
    await haproxy.run(`prepare map ${haproxy.map}`);
    await setTo(traffic, 25);
    expect(await traffic.read(signal)).toMatchObject({ percent: 25 });
  });

  it.for(['clear map @MAP', 'add map @MAP other 5', 'set map @MAP share 101', 'set map @MAP share -1'])(
    'is not believed after "%s"',
    async (command, context) => {
      const { haproxy, traffic } = await open(context, 'sticky');
      await haproxy.run(command.replace('@MAP', haproxy.map));
      expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'surprising-shape' });
    },
  );
});

describe.for(['weight', 'sticky'] as const)('HAProxy (%s)', (mode) => {
  it('has forgotten the share after a reload, and that is seen and can be mended', async (context) => {
    const { haproxy, traffic } = await open(context, mode);
    await setTo(traffic, 25);
    const left = await traffic.read(signal);
    await haproxy.reload();
    const now = await traffic.read(signal);
    expect(now.percent).toBe(0);
    expect(now.version).not.toBe(left.version);
    expect(await problemOf(traffic.set(50, left, signal))).toMatchObject({ problem: 'moved-by-somebody-else' });
    expect(hasForgotten(left, now)).toBe(true);
    expect(await traffic.set(left.percent, now, signal)).toMatchObject({ percent: 25 });
  });

  it('has not forgotten what somebody moved', async (context) => {
    const { haproxy, traffic } = await open(context, mode);
    await setTo(traffic, 25);
    const left = await traffic.read(signal);
    await moving[mode](haproxy, 0);
    expect(hasForgotten(left, await traffic.read(signal))).toBe(false);
  });

  it.for([
    ['another backend', { backend: 'elsewhere', intended: 'elsewhere', map: '/elsewhere' }],
    ['another server', { intended: 'elsewhere' }],
  ] as const)('is refused for %s', async ([, names], context) => {
    const haproxy = await startHaproxy(context, mode);
    const { runtime, split } = optionsFor(mode, haproxy);
    const traffic = haproxyTraffic({ runtime, split: { ...split, ...names } });
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'refused' });
  });

  it('is spoken to over TCP as well', async (context) => {
    const { host, port } = addressOf(await nobody());
    const haproxy = await startHaproxy(context, mode, [
      ['defaults\n', `  stats socket ${host}:${port} level admin\n\ndefaults\n`],
    ]);
    const traffic = haproxyTraffic({ ...optionsFor(mode, haproxy), runtime: { host, port } });
    await setTo(traffic, 25);
    expect(await telling[mode](haproxy)).toBe(25);
  });
});

describe('the haproxy adapter', () => {
  it.each([
    ['over TCP', async () => addressOf(await nobody())],
    ['at a socket', async () => ({ socket: '/nowhere/golive.sock' })],
  ])('has no answer when nobody listens %s', async (_, address) => {
    const split = { mode: 'weight', backend: 'edge', intended: 'intended', bypass: 'bypass' } as const;
    const traffic = haproxyTraffic({ runtime: await address(), split });
    expect(await problemOf(traffic.read(signal))).toMatchObject({ problem: 'no-answer' });
  });
});

async function isAt(traffic: TrafficPort, percent: number): Promise<boolean> {
  try {
    return (await traffic.read(signal)).percent === percent;
  } catch {
    return false;
  }
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
