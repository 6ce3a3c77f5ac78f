import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What becomes of connections. */
export type Weather =
  | { readonly kind: 'clear' }
  /** Everything arrives so many milliseconds later. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Connections are reset, those that are open and those that come. */
  | { readonly kind: 'reset' }
  /** Connections stay open, and nothing goes through. */
  | { readonly kind: 'half-open' }
  /** Nothing is ever closed in time: an end is passed on so many milliseconds later. */
  | { readonly kind: 'slow-close'; readonly ms: number }
  /** Nobody listens. */
  | { readonly kind: 'down' };

const HOST = '127.0.0.1';

/** A TCP proxy whose weather can change at any time; it concerns open connections too. */
export class FaultProxy {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #weather: Weather = { kind: 'clear' };
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = this.#newServer();
  }

  /** In front of this port of the local host. */
  static async before(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  async become(weather: Weather): Promise<void> {
    const wasDown = this.#weather.kind === 'down';
    this.#weather = weather;
    if (weather.kind === 'reset') for (const socket of this.#sockets) socket.resetAndDestroy();
    // What was held back is lost: whoever waits for it must notice by itself and connect anew.
    if (weather.kind === 'clear' || weather.kind === 'down') this.#dropAll();
    if (weather.kind === 'down' && !wasDown) await closed(this.#server);
    if (wasDown && weather.kind !== 'down') {
      this.#server = this.#newServer();
      await this.#listen();
    }
  }

  async close(): Promise<void> {
    const isOpen = this.#weather.kind !== 'down';
    this.#dropAll();
    if (isOpen) await closed(this.#server);
  }

  #newServer(): Server {
    return createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, HOST);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #accept(near: Socket): void {
    if (this.#weather.kind === 'reset') {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: this.#target, host: HOST, allowHalfOpen: true });
    this.#pass(near, far);
    this.#pass(far, near);
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (bytes) => this.#later(() => to.write(bytes)));
    from.on('end', () => this.#later(() => this.#closeLater(() => to.end())));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#closeLater(() => to.destroy());
    });
  }

  #later(deliver: () => void): void {
    const weather = this.#weather;
    if (weather.kind === 'half-open') return;
    if (weather.kind === 'latency') setTimeout(deliver, weather.ms).unref();
    else deliver();
  }

  #closeLater(close: () => void): void {
    if (this.#weather.kind === 'slow-close') setTimeout(close, this.#weather.ms).unref();
    else close();
  }

  #dropAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
