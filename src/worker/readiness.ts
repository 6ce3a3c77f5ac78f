import { once } from 'node:events';
import { createServer } from 'node:http';
import type { State } from '@temporalio/worker';

/**
 * Serves `GET /readyz` for orchestrators: 200 while the worker polls for work, 503 before and after. Resolves when it is served
 * and rejects when the port is taken, by a worker that is still ending for instance.
 */
export async function serveReadiness(port: number, stateOf: () => State): Promise<void> {
  const server = createServer((request, response) => {
    const state = stateOf();
    const ready = state === 'RUNNING';
    response.writeHead(request.url === '/readyz' ? (ready ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ state }));
  });
  server.unref();
  server.listen(port);
  await once(server, 'listening');
}
