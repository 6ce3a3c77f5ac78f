import { createServer, type Server } from 'node:http';
import type { Worker } from '@temporalio/worker';

/** Serves `GET /readyz` for orchestrators: 200 while the worker polls for work, 503 before and after. */
export function serveReadiness(port: number, worker: Worker): Server {
  const server = createServer((request, response) => {
    const state = worker.getState();
    const ready = state === 'RUNNING';
    response.writeHead(request.url === '/readyz' ? (ready ? 200 : 503) : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ state }));
  });
  server.unref();
  return server.listen(port);
}
