// Owns the sockets of the inspector after their HTTP request: who is let in as a page or as another app, and that every one
// of them can be ended. It knows nothing of what they say.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@tailrace/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { createBundle, framesOf } from './bundle.js';
import { type Feed, openFeed } from './feed.js';

export interface Refused {
  readonly status: number;
  readonly text: string;
}

export interface UpgradeOptions {
  /** Whether a request is one of a page, one of another app, or refused. */
  readonly admit: (request: IncomingMessage) => 'page' | 'app' | Refused;
  /** What a page is told when it comes, oldest first. */
  readonly greeting: () => Iterable<string>;
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  /** What other apps say; `source` tells their connections apart. */
  readonly apps?:
    | {
        readonly onMessage: (text: string, source: string) => void;
        readonly onClose: (source: string) => void;
      }
    | undefined;
}

export interface Upgrades {
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Sends to every page that is open. */
  send(text: string): void;
  readonly pages: number;
  /** Ends every socket, whatever its other side does; pages that take it are told all that waits. */
  close(): Promise<void>;
}

/** The protocol a page asks for, beside its token: browsers can give no header to a WebSocket. */
export const pageProtocol = 'tailrace';
/** Bytes one message of another app may have. */
const mostForeignBytes = 1_048_576;
/** Milliseconds that a connection has to take what was sent and to end. */
const goodbyeMs = 500;
/** Pages and other apps at once. */
const mostSockets = 32;

export function createUpgrades({ admit, greeting, clock, apps }: UpgradeOptions): Upgrades {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: mostForeignBytes,
    // The token is among what the client offers: only the protocol's name is answered.
    handleProtocols: (offered) => (offered.has(pageProtocol) ? pageProtocol : false),
  });
  const pages = new Set<Feed>();
  /** The HTTP server forgets a socket once it is to be upgraded. */
  const open = new Set<Duplex>();
  let sources = 0;

  const live = createBundle(clock, (frame) => {
    for (const page of pages) page.tell(frame);
  });
  const onPage = (socket: WebSocket): void => {
    // What waits is among what it is told first.
    live.flush();
    const feed = openFeed(socket, framesOf(greeting()));
    pages.add(feed);
    socket.on('close', () => pages.delete(feed));
    // Pages only read: whoever says something is none.
    socket.on('message', () => socket.close(1008, 'The inspector only shows.'));
  };
  const onApp = (socket: WebSocket): void => {
    sources += 1;
    const source = `app${sources}`;
    socket.on('close', () => apps?.onClose(source));
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(1003, 'Messages are JSON.');
      else apps?.onMessage(String(data), source);
    });
  };

  return {
    get pages() {
      return pages.size;
    },
    take(request, socket, head) {
      // Node has taken its own listener off: without one, a client that resets its connection would end the process.
      socket.on('error', () => socket.destroy());
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      const admitted = admit(request);
      const who = typeof admitted === 'string' && open.size > mostSockets ? tooMany : admitted;
      if (typeof who !== 'string') {
        refuse(socket, who);
        return;
      }
      server.handleUpgrade(request, socket, head, (opened) => {
        // A connection that breaks is closed by ws itself; without a listener it would end the process.
        opened.on('error', () => opened.terminate());
        if (who === 'page') onPage(opened);
        else onApp(opened);
      });
    },
    send(text) {
      if (pages.size > 0) live.add(text);
    },
    async close() {
      live.flush();
      for (const page of pages) page.finish();
      server.close();
      await Promise.all(Array.from(server.clients, (socket) => hangUp(socket, clock)));
      for (const socket of open) socket.destroy();
    },
  };
}

const tooMany: Refused = { status: 503, text: 'Too many connections.' };

/** Ends a connection when the other side has what was sent to it, or does not answer in time. */
function hangUp(socket: WebSocket, clock: UpgradeOptions['clock']): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => socket.terminate(), goodbyeMs);
    socket.once('close', () => {
      clock.clearTimeout(timer);
      resolve();
    });
    socket.close(1001, 'The inspector is closed.');
  });
}

/** Says why, and ends the connection: its client may never end its own side. */
function refuse(socket: Duplex, { status, text }: Refused): void {
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    () => socket.destroy(),
  );
}
