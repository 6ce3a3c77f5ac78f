import { connect, createServer, type Socket } from 'node:net';
import { rmSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** What a line does with one connection: the first bytes of the caller have come, and nothing has been passed on. */
export type Conduct = (caller: Socket, first: Buffer, callee: () => Socket) => void;

/** Passes everything on, both ways. */
const faithful: Conduct = (caller, first, callee) => {
  const other = callee();
  other.write(first);
  caller.pipe(other);
  other.pipe(caller);
};

export interface Line {
  /** What it does with each connection to which this applies, until told otherwise. */
  conduct: { readonly appliesTo: (first: string) => boolean; readonly with: Conduct } | undefined;
}

/** A line at `path` to whoever listens at `to`, both unix sockets, which can be made to misbehave. */
export async function openLine(path: string, to: string): Promise<Line> {
  const line: Line = { conduct: undefined };
  const sockets = new Set<Socket>();
  const server = createServer((caller) => {
    sockets.add(caller.on('error', () => undefined));
    caller.once('data', (first) => {
      const { conduct } = line;
      const chosen = conduct?.appliesTo(first.toString()) === true ? conduct.with : faithful;
      chosen(caller, first, () => {
        const callee = connect({ path: to }).on('error', () => caller.destroy());
        sockets.add(callee);
        return callee;
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
    rmSync(path, { force: true });
  });
  return line;
}
