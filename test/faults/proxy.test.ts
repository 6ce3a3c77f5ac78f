import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { FaultProxy, type Weather } from './proxy.ts';

/** An echo behind a proxy in this weather, and somebody who talks to it. */
async function talking(weather: Weather): Promise<{ readonly proxy: FaultProxy; readonly caller: Socket }> {
  const echo = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  const proxy = await FaultProxy.before((echo.address() as AddressInfo).port);
  onTestFinished(async () => {
    await proxy.close();
    echo.close();
  });
  await proxy.become(weather);
  const caller = connect({ port: proxy.port, host: '127.0.0.1' });
  caller.on('error', () => undefined);
  onTestFinished(() => void caller.destroy());
  return { proxy, caller };
}

async function echoOf(caller: Socket, words: string): Promise<string> {
  const heard = once(caller, 'data');
  caller.write(words);
  const [bytes] = (await heard) as [Buffer];
  return bytes.toString();
}

it('in clear weather what is said is heard', async () => {
  const { caller } = await talking({ kind: 'clear' });
  expect(await echoOf(caller, 'hello')).toBe('hello');
});

it('latency delays both ways', async () => {
  const { caller } = await talking({ kind: 'latency', ms: 60 });
  const began = performance.now();
  expect(await echoOf(caller, 'hello')).toBe('hello');
  expect(performance.now() - began).toBeGreaterThanOrEqual(115);
});

it('a reset ends open connections and those that come', async () => {
  const { proxy, caller } = await talking({ kind: 'clear' });
  await echoOf(caller, 'hello');
  const reset = once(caller, 'error');
  await proxy.become({ kind: 'reset' });
  expect(((await reset) as [NodeJS.ErrnoException])[0].code).toBe('ECONNRESET');
  const late = connect({ port: proxy.port, host: '127.0.0.1' });
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNRESET');
});

it('a half-open connection stays and says nothing, until the weather clears', async () => {
  const { proxy, caller } = await talking({ kind: 'half-open' });
  const heard = vi.fn<() => void>();
  caller.on('data', heard);
  await once(caller, 'connect');
  caller.write('hello');
  // Long enough for an echo many times over.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(heard).not.toHaveBeenCalled();
  expect(caller.readyState).toBe('open');
  await Promise.all([once(caller, 'close'), proxy.become({ kind: 'clear' })]);
  const next = connect({ port: proxy.port, host: '127.0.0.1' });
  onTestFinished(() => void next.destroy());
  expect(await echoOf(next, 'again')).toBe('again');
});

it('a slow close passes an end on late', async () => {
  const { caller } = await talking({ kind: 'slow-close', ms: 80 });
  await echoOf(caller, 'hello');
  const began = performance.now();
  const ended = once(caller, 'end');
  caller.end();
  caller.resume();
  await ended;
  expect(performance.now() - began).toBeGreaterThanOrEqual(75);
});

it('when it is down nobody is there, and on the same port somebody is again', async () => {
  const { proxy } = await talking({ kind: 'down' });
  const late = connect({ port: proxy.port, host: '127.0.0.1' });
  const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
  expect(error.code).toBe('ECONNREFUSED');
  await proxy.become({ kind: 'clear' });
  const next = connect({ port: proxy.port, host: '127.0.0.1' });
  onTestFinished(() => void next.destroy());
  expect(await echoOf(next, 'again')).toBe('again');
});
