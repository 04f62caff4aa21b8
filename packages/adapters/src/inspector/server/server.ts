// Owns the socket of the inspector: an HTTP server on loopback that hands out the page, and WebSockets on it that send
// messages to pages and take those of other XState apps. It knows nothing of what they say.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, PlanError } from '@tailrace/core';
import { type WebSocket, WebSocketServer } from 'ws';
import { createBundle } from './bundle.js';
import { type AccessRules, type RequestHeads, refuseAccess, refuseAddress } from './check-request.js';
import { headersOf, type PageFile } from './page-files.js';

export interface ServerOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly token: string;
  readonly origins: readonly string[];
  readonly files: ReadonlyMap<string, PageFile>;
  /** What a page is told when it comes, oldest first. */
  readonly greeting: () => Iterable<string>;
  /** A recorded run as a file. */
  readonly trace: () => string;
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  /** A message of another XState app; `source` tells its connections apart. */
  readonly onForeign: (text: string, source: string) => void;
}

export interface LiveServer {
  readonly port: number;
  /** Sends to every page that is open. */
  send(text: string): void;
  readonly pages: number;
  close(): Promise<void>;
}

/** The protocol a page asks for, beside its token: browsers can give no header to a WebSocket. */
const pageProtocol = 'tailrace';
/** Bytes one message of another app may have. */
const mostForeignBytes = 1_048_576;
/** Bytes that may wait for a slow page before it is sent away; it comes back and is told the state so far. */
const mostWaitingBytes = 64 * 1_048_576;
/** Milliseconds that a connection has to take what was sent and to end. */
const goodbyeMs = 500;
/** Pages and other apps at once. */
const mostSockets = 32;

/** @throws PlanError when the port is taken */
export async function openServer(options: ServerOptions): Promise<LiveServer> {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: mostForeignBytes,
    // The token is among what the client offers: only the protocol's name is answered.
    handleProtocols: (offered) => (offered.has(pageProtocol) ? pageProtocol : false),
  });
  const pages = new Set<WebSocket>();
  let foreign = 0;
  let rules: AccessRules = { port: 0, token: options.token, origins: options.origins };

  const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
    response.writeHead(status, { ...headersOf(rules.port), 'content-type': type });
    response.end(body);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { path, heads } = readRequest(request);
    const isTrace = path === '/trace.json';
    const refusal = isTrace ? refuseAccess(heads, rules) : refuseAddress(heads, rules);
    const file = options.files.get(path);
    if (refusal !== undefined) answer(response, refusal.status, plainText, refusal.text);
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      answer(response, 405, plainText, 'The inspector only shows.');
    // A page that only asks whether its token is right makes nobody write a trace.
    else if (isTrace) answer(response, 200, json, request.method === 'HEAD' ? '' : options.trace());
    else if (file !== undefined) answer(response, 200, file.type, file.body);
    else answer(response, 404, plainText, 'There is no such page.');
  };

  const live = createBundle(options.clock, (frame) => {
    for (const page of pages) {
      if (page.bufferedAmount > mostWaitingBytes) page.terminate();
      else page.send(frame);
    }
  });
  const onPage = (socket: WebSocket): void => {
    // What waits is among what it is told first.
    live.flush();
    pages.add(socket);
    socket.on('close', () => pages.delete(socket));
    // Pages only read: whoever says something is none.
    socket.on('message', () => socket.close(1008, 'The inspector only shows.'));
    const greeting = createBundle(options.clock, (frame) => socket.send(frame));
    for (const text of options.greeting()) greeting.add(text);
    greeting.flush();
  };
  const onFeeder = (socket: WebSocket): void => {
    foreign += 1;
    const source = `app${foreign}`;
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.close(1003, 'Messages are JSON.');
      else options.onForeign(String(data), source);
    });
  };
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const { path, heads } = readRequest(request);
    const refusal =
      refuseAccess(heads, rules) ??
      (path !== '/live' && path !== '/inspect' ? notThere : undefined) ??
      (sockets.clients.size >= mostSockets ? tooMany : undefined);
    if (refusal !== undefined) {
      socket.end(
        `HTTP/1.1 ${refusal.status} Refused\r\nConnection: close\r\nContent-Type: ${plainText}\r\n` +
          `Content-Length: ${Buffer.byteLength(refusal.text)}\r\n\r\n${refusal.text}`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // A connection that breaks is closed by ws itself; without a listener it would end the process.
      opened.on('error', () => opened.terminate());
      if (path === '/live') onPage(opened);
      else onFeeder(opened);
    });
  };

  const server = createServer(onRequest);
  server.on('upgrade', onUpgrade);
  const port = await listen(server, options.port);
  rules = { ...rules, port };

  return {
    port,
    get pages() {
      return pages.size;
    },
    send(text) {
      if (pages.size > 0) live.add(text);
    },
    async close() {
      live.flush();
      sockets.close();
      await Promise.all(Array.from(sockets.clients, (socket) => hangUp(socket, options.clock)));
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

const json = 'application/json';
const plainText = 'text/plain; charset=utf-8';
const notThere = {
  status: 404,
  text: 'There is no such socket: pages use /live, other apps /inspect.',
} as const;
const tooMany = { status: 503, text: 'Too many connections.' } as const;

/** Ends a connection when the other side has what was sent to it, or does not answer in time. */
function hangUp(socket: WebSocket, clock: ServerOptions['clock']): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(() => socket.terminate(), goodbyeMs);
    socket.once('close', () => {
      clock.clearTimeout(timer);
      resolve();
    });
    socket.close(1001, 'The inspector is closed.');
  });
}

/** Path and heads of a request. Other apps give their token in the query: their clients can set no header. */
function readRequest({ url = '/', headers }: IncomingMessage): {
  readonly path: string;
  readonly heads: RequestHeads;
} {
  const base = 'http://inspector.invalid';
  // Whoever is no browser may send a path that is none.
  const { pathname, searchParams } = new URL(URL.canParse(url, base) ? url : '/no-such-page', base);
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  const token =
    bearer ?? offered.find((name) => name !== pageProtocol) ?? searchParams.get('token') ?? undefined;
  return { path: pathname, heads: { host: headers.host, origin: headers.origin, token } };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new PlanError(
          `The inspector cannot listen on port ${port} of 127.0.0.1; choose another, or 0 for any.`,
          {
            operation: 'open inspector',
            context: { port },
            cause,
          },
        ),
      ),
    );
    server.listen(port, '127.0.0.1', () => {
      // A server that listens on TCP has an address of this kind.
      resolve((server.address() as AddressInfo).port);
    });
  });
}
