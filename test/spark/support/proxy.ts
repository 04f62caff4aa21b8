// Owns a proxy on loopback between client and server, whose connections a test can cut.
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';

export interface CutProxy {
  /** A connection string that leads through the proxy. */
  readonly url: string;
  /** Cuts every connection, as a network does: without a word. */
  cut(): void;
  /** Lets nothing through any more, though nothing is cut, until `flow` is called: what was sent comes then. */
  stall(): void;
  flow(): void;
  /** Connections so far. */
  readonly connections: () => number;
  close(): Promise<void>;
}

/** @param url of the server, `sc://127.0.0.1:15002` */
export async function startProxy(url: string): Promise<CutProxy> {
  const [host = '', port = ''] = url.replace('sc://', '').split(':');
  const open = new Set<Socket>();
  const pairs = new Map<Socket, Socket>();
  let connections = 0;
  const server = createServer((near) => {
    connections += 1;
    const far = createConnection({ host, port: Number(port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from);
      pairs.set(from, to);
      if (!isStalled) from.pipe(to);
      // A socket that is cut says so to both sides; what the client makes of it is what is tested.
      from.on('error', () => {});
      from.on('close', () => {
        open.delete(from);
        pairs.delete(from);
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
    for (const [from, to] of pairs) if (open.has(from)) from.pipe(to);
  };
  return {
    url: `sc://127.0.0.1:${address.port}`,
    cut,
    stall,
    flow,
    connections: () => connections,
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
