import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy on 127.0.0.1 that breaks what passes through it, as networks do: cuts with and without notice.
 * While it is stalled nothing passes either way, nothing is closed, and new connections are taken and left alone.
 */
export class ChaosProxy {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<{ near: Socket; far: Socket | undefined }>();
  #stalled = false;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((near) => this.#accept(near));
  }

  static async before(targetPort: number): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that pass through now. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets every connection, on both sides. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far?.resetAndDestroy();
    }
  }

  stall(): void {
    this.#stalled = true;
    for (const { near, far } of this.#pairs) {
      near.pause();
      far?.pause();
    }
  }

  /** What waited goes on its way, in order. */
  release(): void {
    this.#stalled = false;
    for (const pair of this.#pairs) {
      if (pair.far === undefined) this.#forward(pair);
      pair.near.resume();
      pair.far?.resume();
    }
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: Socket): void {
    const pair = { near, far: undefined as Socket | undefined };
    this.#pairs.add(pair);
    near.setNoDelay(true);
    near.on('error', () => {});
    near.on('close', () => {
      this.#pairs.delete(pair);
      pair.far?.destroy();
    });
    near.pause();
    if (!this.#stalled) {
      this.#forward(pair);
      near.resume();
    }
  }

  #forward(pair: { near: Socket; far: Socket | undefined }): void {
    const far = connect(this.#targetPort, '127.0.0.1');
    pair.far = far;
    far.setNoDelay(true);
    far.on('error', () => {});
    far.on('close', () => pair.near.destroy());
    far.on('data', (data) => pair.near.write(data));
    pair.near.on('data', (data) => far.write(data));
  }
}
