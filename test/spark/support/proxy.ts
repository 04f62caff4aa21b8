// Owns a proxy on loopback between client and server, whose connections a test can cut.
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';

export interface CutProxy {
  /** A connection string that leads through the proxy. */
  readonly url: string;
  /** Cuts every connection, as a network does: without a word. */
  cut(): void;
  /** Lets nothing through any more, though nothing is cut, until `flow` is called: what was sent comes then. */
  stall(): void;
  flow(): void;
  /** From now on all that is sent, either way, comes so many milliseconds later. */
  delay(delayMs: number): void;
  /** Connections so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** @param url of the server, `sc://127.0.0.1:15002` */
export async function startProxy(url: string): Promise<CutProxy> {
  const [host = '', port = ''] = url.replace('sc://', '').split(':');
  const open = new Set<Socket>();
  const ways = new Map<Socket, Transform>();
  let connections = 0;
  let delayMs = 0;
  const way = (): Transform =>
    new Transform({
      transform(bytes, _encoding, done) {
        if (delayMs === 0) return done(null, bytes);
        setTimeout(() => this.push(bytes), delayMs);
        done();
      },
      flush: (done) => void setTimeout(done, delayMs),
    });
  const server = createServer((near) => {
    connections += 1;
    const far = createConnection({ host, port: Number(port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      const through = way();
      open.add(from);
      ways.set(from, through);
      through.pipe(to);
      if (!isStalled) from.pipe(through);
      // A socket that is cut says so to both sides; what the client makes of it is what is tested.
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        ways.delete(from);
        through.destroy();
        to.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  let isStalled = false;
  const stall = (): void => {
    isStalled = true;
    for (const socket of open) socket.unpipe();
    for (const socket of open) socket.pause();
  };
  const flow = (): void => {
    isStalled = false;
    for (const [from, through] of ways) from.pipe(through);
  };
  return {
    url: `sc://127.0.0.1:${address.port}`,
    cut,
    stall,
    flow,
    delay: (ms) => {
      delayMs = ms;
    },
    connections: () => connections,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
