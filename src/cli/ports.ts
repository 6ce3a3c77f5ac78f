import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

const HOST = '127.0.0.1';

/**
 * As many ports as wishes, all different and free a moment ago: the wished one where it is free (0: no wish), any
 * other where it is not.
 */
export async function freePorts(wishes: readonly number[]): Promise<number[]> {
  // All are held until the last is found, so that none is found twice.
  const servers: Server[] = [];
  try {
    for (const wish of wishes) servers.push((await listen(wish)) ?? (await anyPort()));
    return servers.map(portOf);
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

async function anyPort(): Promise<Server> {
  const server = await listen(0);
  if (server === undefined) throw new Error('there is no free port');
  return server;
}

async function listen(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
