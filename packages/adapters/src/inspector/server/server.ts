// Owns the server of the inspector: HTTP on loopback that hands out the page and the trace, and WebSockets on the same port
// for pages and for other XState apps. It knows nothing of what they say.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, PlanError } from '@tailrace/core';
import {
  type AccessRules,
  type RequestHeads,
  refuseAccess,
  refuseAddress,
  refuseFeeding,
} from './check-request.js';
import { headersOf, type PageFile } from './page-files.js';
import { createUpgrades, pageProtocol, type Refused, type UpgradeOptions } from './upgrades.js';

export interface ServerOptions extends Pick<UpgradeOptions, 'greeting' | 'clock'> {
  /** 0 for any that is free. */
  readonly port: number;
  /** For whoever reads. */
  readonly token: string;
  readonly files: ReadonlyMap<string, PageFile>;
  /** A recorded run as a file. */
  readonly trace: () => string;
  /** Other XState apps; without it there is no socket for them. */
  readonly apps?: AppOptions | undefined;
}

export interface AppOptions extends NonNullable<UpgradeOptions['apps']> {
  /** For whoever sends; it reads nothing. */
  readonly token: string;
  /** Origins of apps in browsers, such as `http://localhost:5173`. */
  readonly origins: readonly string[];
}

export interface LiveServer {
  readonly port: number;
  /** Sends to every page that is open. */
  send(text: string): void;
  readonly pages: number;
  close(): Promise<void>;
}

/** @throws PlanError when the port is taken */
export async function openServer({
  port: wanted,
  token,
  files,
  trace,
  greeting,
  clock,
  apps,
}: ServerOptions): Promise<LiveServer> {
  let rules: AccessRules = { port: 0, token, feedToken: apps?.token, origins: apps?.origins ?? [] };

  const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
    response.writeHead(status, { ...headersOf(rules.port), 'content-type': type });
    response.end(body);
  };
  const answerTrace = (response: ServerResponse): void => {
    let body: string;
    try {
      body = trace();
    } catch (error) {
      // Such as one that is longer than a text can be: it must not end the process.
      answer(response, 500, plainText, `The recorded run cannot be written: ${messageOf(error)}`);
      return;
    }
    answer(response, 200, json, body);
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { path, heads } = readRequest(request);
    const isTrace = path === '/trace.json';
    const refusal = isTrace ? refuseAccess(heads, rules) : refuseAddress(heads, rules);
    const file = files.get(path);
    if (refusal !== undefined) answer(response, refusal.status, plainText, refusal.text);
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      answer(response, 405, plainText, 'The inspector only shows.');
    // A page that only asks whether its token is right makes nobody write a trace.
    else if (isTrace && request.method === 'HEAD') answer(response, 200, json, '');
    else if (isTrace) answerTrace(response);
    else if (file !== undefined) answer(response, 200, file.type, file.body);
    else answer(response, 404, plainText, 'There is no such page.');
  };
  const admit = (request: IncomingMessage): 'page' | 'app' | Refused => {
    const { path, heads } = readRequest(request);
    if (path === '/inspect' && apps !== undefined) return refuseFeeding(heads, rules) ?? 'app';
    return refuseAccess(heads, rules) ?? (path === '/live' ? 'page' : notThere);
  };

  const upgrades = createUpgrades({ admit, greeting, clock, apps });
  const server = createServer(onRequest);
  server.on('upgrade', upgrades.take);
  const port = await listen(server, wanted);
  rules = { ...rules, port };

  return {
    port,
    get pages() {
      return upgrades.pages;
    },
    send: upgrades.send,
    async close() {
      await upgrades.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

const json = 'application/json';
const plainText = 'text/plain; charset=utf-8';
const notThere: Refused = {
  status: 404,
  text: 'There is no such socket: pages use /live, other apps /inspect.',
};

function readRequest({ url = '/', headers }: IncomingMessage): {
  readonly path: string;
  readonly heads: RequestHeads;
} {
  const base = 'http://inspector.invalid';
  // Whoever is no browser may send a path that is none.
  const { pathname, searchParams } = new URL(URL.canParse(url, base) ? url : '/no-such-page', base);
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim()) ?? [];
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  return {
    path: pathname,
    heads: {
      host: headers.host,
      origin: headers.origin,
      token: bearer ?? offered.find((name) => name !== pageProtocol),
      queryToken: searchParams.get('token') ?? undefined,
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new PlanError(
          `The inspector cannot listen on port ${port} of 127.0.0.1: ${messageOf(cause)}. Choose another, or 0 for any.`,
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
