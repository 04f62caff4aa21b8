// Sockets that ask to become WebSockets, as whoever has no token may open them.
import { once } from 'node:events';
import net from 'node:net';
import { systemClock } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveServer, openServer } from './server.js';

let server: LiveServer;
beforeEach(async () => {
  server = await openServer({
    port: 0,
    token: 'right',
    files: new Map(),
    greeting: () => [],
    trace: () => '{}',
    clock: systemClock,
  });
});
afterEach(() => server.close());

const head = (token?: string): string =>
  [
    'GET /live HTTP/1.1',
    `Host: 127.0.0.1:${server.port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    '\r\n',
  ].join('\r\n');

/** A connection that does not close its side when the server has closed its own. */
async function connect(): Promise<net.Socket> {
  const socket = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

describe('a socket that is refused', () => {
  it('and reset by its client ends nothing else', async () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => {
      uncaught.push(error);
    };
    process.on('uncaughtException', note);
    try {
      for (let n = 0; n < 20; n += 1) {
        const socket = await connect();
        socket.write(head());
        await new Promise((resolve) => setImmediate(resolve));
        socket.resetAndDestroy();
      }
      // It waits until every connection has ended, in whatever way.
      await server.close();
    } finally {
      process.off('uncaughtException', note);
    }
    expect(uncaught).toEqual([]);
  });

  it('is told why, and then gone, though its client keeps its own side open', async () => {
    const socket = await connect();
    socket.write(head());
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^HTTP\/1\.1 401 /);
    await once(socket, 'end');
    await server.close();
    socket.destroy();
  });

  it('takes the place of none that has the token, however many are held open', async () => {
    const refused = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const socket = await connect();
        socket.write(head());
        await once(socket.resume(), 'end');
        return socket;
      }),
    );
    const socket = await connect();
    socket.write(head('right'));
    const [said] = await once(socket, 'data');
    expect(String(said)).toMatch(/^HTTP\/1\.1 101 /);
    for (const each of [...refused, socket]) each.destroy();
  });
});
