import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../../src/cli/ports.ts';
import { serveReadiness } from '../../src/worker/readiness.ts';

it('is ready while the worker polls for work, and neither before nor after', async () => {
  const [port = 0] = await freePorts([0]);
  const states = ['INITIALIZED', 'RUNNING', 'DRAINING'] as const;
  let now = 0;
  await serveReadiness(port, () => states[now++] ?? 'STOPPED');
  const answers = [];
  for (const _ of states) answers.push((await fetch(`http://127.0.0.1:${port}/readyz`)).status);
  expect(answers).toEqual([503, 200, 503]);
});

it('is refused with the reason where the port is taken, and ends no process', async () => {
  const server = createServer().listen(0);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  await expect(serveReadiness(port, () => 'RUNNING')).rejects.toMatchObject({ code: 'EADDRINUSE' });
});
