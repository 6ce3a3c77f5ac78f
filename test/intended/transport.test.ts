import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { connect, failureOf, INTENT, json, listen, serve, TENANT, text } from './platform.ts';

const STATE = { tenantId: TENANT, halted: false, environments: [], connectorsPaused: [], lastChange: null };
const MIB = 1_048_576;

/** A server below HTTP, which does what is told with each connection. */
async function serveRaw(onConnection: (socket: Socket) => void, scheme = 'http') {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends one piece again and again until the other side has enough; resolves with the bytes it took. */
function drip(socket: Socket, first: string, piece: string, everyMs: number): Promise<number> {
  socket.write(first);
  const timer = setInterval(() => socket.write(piece), everyMs);
  return new Promise((resolve) => {
    socket.on('close', () => {
      clearInterval(timer);
      resolve(socket.bytesWritten);
    });
  });
}

/** The failure of a call that must fail within a second, far below the ten that undici waits for a connection. */
async function quickFailureOf(call: Promise<unknown>) {
  const started = performance.now();
  const error = await failureOf(call);
  expect(performance.now() - started).toBeLessThan(1_000);
  return error;
}

test('one deadline ends a call that never gets its headers', async () => {
  const { baseUrl } = await serve(() => undefined);
  const error = await quickFailureOf(connect(baseUrl).getEmergencyState({ timeoutMs: 100 }));
  expect(error).toMatchObject({ kind: 'late', timeoutMs: 100, method: 'GET', route: '/admin/emergency-controls' });
});

test('one deadline ends headers that drip in', async () => {
  const baseUrl = await serveRaw((socket) => void drip(socket, 'HTTP/1.1 200 OK\r\nx-slow: ', 'a', 10));
  expect(await quickFailureOf(connect(baseUrl).getEmergencyState({ timeoutMs: 150 }))).toMatchObject({ kind: 'late' });
});

test('one deadline ends a body that drips in, and the connection with it', async () => {
  let closed: Promise<number> | undefined;
  const baseUrl = await serveRaw((socket) => {
    const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n{';
    closed = drip(socket, head, ' ', 10);
  });
  expect(await quickFailureOf(connect(baseUrl).getEmergencyState({ timeoutMs: 150 }))).toMatchObject({ kind: 'late' });
  await closed;
});

test('one deadline ends a TLS handshake that stalls', async () => {
  const baseUrl = await serveRaw(() => undefined, 'https');
  expect(await quickFailureOf(connect(baseUrl).getEmergencyState({ timeoutMs: 150 }))).toMatchObject({ kind: 'late' });
});

test('one deadline ends waiting for a free connection, and the call is never sent', async () => {
  const { baseUrl, seen } = await serve(() => undefined);
  const client = connect(baseUrl, { connections: 1 });
  const first = failureOf(client.getEmergencyState({ timeoutMs: 300 }));
  const second = await quickFailureOf(client.listMembers({ timeoutMs: 100 }));
  expect(second).toMatchObject({ kind: 'late', timeoutMs: 100 });
  expect(await first).toMatchObject({ kind: 'late', timeoutMs: 300 });
  // Connections serve in order, so the call after it proves that the one before it was dropped.
  await failureOf(client.listRoles({ timeoutMs: 100 }));
  const paths = seen.map(({ url }) => url.replace(/\?.*/, ''));
  expect(paths).toEqual(['/admin/emergency-controls', '/admin/roles']);
});

test('the deadline of the client counts where a call names none', async () => {
  const { baseUrl } = await serve(() => undefined);
  const error = await quickFailureOf(connect(baseUrl, { timeoutMs: 60 }).getEmergencyState());
  expect(error).toMatchObject({ kind: 'late', timeoutMs: 60 });
});

test('the caller’s own signal ends a call with its own reason', async () => {
  const reason = new Error('the step was canceled');
  const controller = new AbortController();
  const { baseUrl, seen } = await serve(() => controller.abort(reason));
  const client = connect(baseUrl);
  await expect(client.getEmergencyState({ signal: controller.signal })).rejects.toBe(reason);
  await expect(client.getEmergencyState({ signal: controller.signal })).rejects.toBe(reason);
  expect(seen).toHaveLength(1);
});

test('a signal that never fires changes nothing', async () => {
  const { baseUrl } = await serve(json(200, STATE));
  const { value } = await connect(baseUrl).getEmergencyState({ signal: new AbortController().signal });
  expect(value.halted).toBe(false);
});

test('an endless body is cut at the limit, after bounded reading', async () => {
  let taken = 0;
  const { baseUrl } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    const piece = Buffer.alloc(65_536, 0x20);
    const pour = () => {
      while (response.write(piece)) taken += piece.length;
      taken += piece.length;
    };
    response.on('drain', pour);
    pour();
  });
  const error = await failureOf(connect(baseUrl).getEmergencyState());
  expect(error).toMatchObject({ kind: 'surprising-shape', status: 200 });
  expect(error.message).toContain('a body within the size limit');
  // What the kernel buffers on both sides comes on top of what was read.
  expect(taken).toBeLessThan(32 * MIB);
});

test('a body that announces too much is not read at all', async () => {
  const { baseUrl } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(MIB + 1) }).write('{');
  });
  expect(await failureOf(connect(baseUrl).getEmergencyState())).toMatchObject({ kind: 'surprising-shape' });
});

test('a body of exactly the limit is read, one byte more is not', async () => {
  const padded = (size: number) => JSON.stringify(STATE).padEnd(size, ' ');
  const { baseUrl: within } = await serve(text(200, padded(MIB)));
  expect((await connect(within).getEmergencyState()).value.halted).toBe(false);
  const { baseUrl: beyond } = await serve((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' });
    response.end(padded(MIB + 1));
  });
  expect(await failureOf(connect(beyond).getEmergencyState())).toMatchObject({ kind: 'surprising-shape' });
});

test('a compressed body is refused unread, since nobody asked for one', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * MIB, 0x20));
  for (const encoding of ['gzip', 'br', 'deflate', 'identity, gzip']) {
    const { baseUrl, seen } = await serve(text(200, bomb, { 'content-encoding': encoding }));
    const error = await failureOf(connect(baseUrl).getEmergencyState());
    expect(error).toMatchObject({ kind: 'surprising-shape', issues: [{ expected: 'no content encoding' }] });
    expect(seen[0]?.headers['accept-encoding']).toBe('identity');
  }
});

test('no redirect is followed, and the key goes nowhere else', async () => {
  const { baseUrl: elsewhere, seen: leaked } = await serve(json(200, STATE));
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of [
      `${elsewhere}/admin/emergency-controls`,
      '/intents',
      'file:///etc/passwd',
      'http://[::1]/',
    ]) {
      const { baseUrl, seen } = await serve(json(status, STATE, { location }));
      const error = await failureOf(connect(baseUrl).getEmergencyState());
      expect(error).toMatchObject({ kind: 'surprising-shape', status, issues: [{ path: '', expected: 'status 200' }] });
      expect(seen).toHaveLength(1);
    }
  }
  expect(leaked).toHaveLength(0);
});

test('an address where nobody listens is unreachable', async () => {
  const server = createServer();
  const baseUrl = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(`http://127.0.0.1:${port}`));
    });
  });
  expect(await failureOf(connect(baseUrl).getEmergencyState())).toMatchObject({
    kind: 'no-answer',
    reason: 'unreachable',
  });
});

test('a lost connection is reported after exactly one attempt, for reads and for changes', async () => {
  const { baseUrl, seen } = await serve((response) => response.destroy());
  const client = connect(baseUrl);
  const lost = { kind: 'no-answer', reason: 'connection-lost' };
  expect(await failureOf(client.getEmergencyState())).toMatchObject(lost);
  expect(await failureOf(client.submitIntent(INTENT))).toMatchObject(lost);
  expect(await failureOf(client.applyEmergencyAction('tenant_halt', { reason: 'golive:1' }))).toMatchObject(lost);
  expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
});

test('a connection that dies between two calls is reported, not used for a silent second attempt', async () => {
  const { baseUrl, seen } = await serve((response) => {
    if (seen.length === 1) json(200, STATE)(response, response.req);
    else response.destroy();
  });
  const client = connect(baseUrl);
  await client.getEmergencyState();
  expect(await failureOf(client.getEmergencyState())).toMatchObject({ kind: 'no-answer' });
  expect(seen).toHaveLength(2);
});

test('a body that ends before its announced length is a lost answer', async () => {
  const baseUrl = await serveRaw((socket) => {
    socket.once('data', () => {
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"tenantId"');
    });
  });
  const error = await failureOf(connect(baseUrl).getEmergencyState());
  expect(error).toMatchObject({ kind: 'no-answer', reason: 'connection-lost' });
});

test('what is not HTTP, or has headers without end, is a surprising answer', async () => {
  const flood = `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`;
  for (const greeting of ['SSH-2.0-OpenSSH_9.6\r\n', 'HTTP/1.1 200 OK\r\nbroken header\r\n\r\n', flood]) {
    const baseUrl = await serveRaw((socket) => socket.once('data', () => socket.write(greeting)));
    const error = await failureOf(connect(baseUrl).getEmergencyState());
    expect(error).toMatchObject({ kind: 'surprising-shape', status: undefined });
  }
});

test('no more connections are open at once than allowed, and closing frees them', async () => {
  const waiting: (() => void)[] = [];
  const open = new Set<Socket>();
  let most = 0;
  const server = createServer((request, response) => {
    waiting.push(() => json(200, STATE)(response, request));
    // Answers only when as many as may be open at once have come, or when the last ones are due.
    if (waiting.length === 2) for (const answer of waiting.splice(0)) answer();
  });
  server.on('connection', (socket) => {
    most = Math.max(most, open.add(socket).size);
    socket.on('close', () => open.delete(socket));
  });
  const client = connect(await listen(server), { connections: 2 });
  await Promise.all(Array.from({ length: 10 }, () => client.getEmergencyState()));
  expect(most).toBe(2);
  const allClosed = new Promise<void>((resolve) => {
    for (const socket of open) socket.on('close', () => open.size === 0 && resolve());
  });
  await client.close();
  await allClosed;
});
