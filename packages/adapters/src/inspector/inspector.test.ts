// The inspector as it is used: real sockets, real runs, the real client and server of @statelyai/inspect.
import { once } from 'node:events';
import http, { request } from 'node:http';
import { createWebSocketInspector } from '@statelyai/inspect';
import { createInspectorServer } from '@statelyai/inspect/server';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createActor, setup } from 'xstate';
import { type Inspector, inspector } from './inspector.js';
import type { InspectorOptions } from './options.js';
import type { InspectorMessage } from './stream/message.js';

const opened: Inspector[] = [];
const ends: (() => void)[] = [];
const open = async (options?: InspectorOptions): Promise<Inspector> => {
  const shown = await inspector(options);
  opened.push(shown);
  return shown;
};
afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await Promise.all(opened.splice(0).map((shown) => shown.close()));
});

const machine = setup({}).createMachine({
  id: 'light',
  initial: 'green',
  states: { green: { on: { go: 'red', stay: {} } }, red: { type: 'final' } },
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function get(
  shown: Inspector,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> {
  const { hostname, port } = new URL(shown.url);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

const tokenOf = (shown: Inspector): string => shown.url.split('#token=')[1] ?? '';

/** Messages of a page, and a promise of the first one that is looked for. */
function page(shown: Inspector): {
  readonly messages: InspectorMessage[];
  readonly socket: WebSocket;
  until(found: (message: InspectorMessage) => boolean): Promise<InspectorMessage>;
} {
  const { host } = new URL(shown.url);
  return listen(
    new WebSocket(`ws://${host}/live`, ['tailrace', tokenOf(shown)], { origin: `http://${host}` }),
  );
}

function listen(socket: WebSocket): ReturnType<typeof page> {
  const messages: InspectorMessage[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    for (const line of String(data).split('\n')) messages.push(JSON.parse(line));
    for (const look of waiting) look();
  });
  ends.push(() => socket.terminate());
  return {
    messages,
    socket,
    until: (found) =>
      new Promise((resolve) => {
        const look = (): void => {
          const message = messages.find(found);
          if (message === undefined) return;
          waiting.delete(look);
          resolve(message);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** How a WebSocket was refused. */
function refused(socket: WebSocket): Promise<number | undefined> {
  ends.push(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('open', () => reject(new Error('It was let in.')));
    socket.on('error', () => {});
  });
}

const isEnd =
  (name: string) =>
  (message: InspectorMessage): boolean =>
    message.type === '@xstate.snapshot' &&
    message.sessionId.endsWith(name) &&
    JSON.stringify(message.snapshot).includes('"done"');
const isStopped =
  (sessionId: string) =>
  (message: InspectorMessage): boolean =>
    message.type === '@xstate.snapshot' &&
    message.sessionId === sessionId &&
    JSON.stringify(message.snapshot).includes('"stopped"');

/** The official server on a free port of loopback: by itself it listens everywhere, and does not say on which port. */
async function officialServer(): Promise<number> {
  const listening = new Promise<number>((resolve) => {
    const create = http.createServer;
    vi.spyOn(http, 'createServer').mockImplementationOnce((...given: Parameters<typeof create>) => {
      const server = create(...given);
      const listen = server.listen.bind(server);
      server.listen = () =>
        listen(0, '127.0.0.1', () => {
          const address = server.address();
          if (typeof address === 'object' && address !== null) resolve(address.port);
        });
      return server;
    });
  });
  const server = createInspectorServer({ autoOpen: false });
  ends.push(() => server.stop());
  return listening;
}

describe('the page of an inspector', () => {
  it('is told what has been so far, and everything from then on', async () => {
    const shown = await open();
    const actor = createActor(machine, { inspect: shown.inspect }).start();
    const late = page(shown);
    await late.until((message) => message.type === '@xstate.actor' && message.name === 'light');
    actor.send({ type: 'go' });
    const end = await late.until(isEnd(actor.sessionId));
    expect(end).toMatchObject({ event: { type: 'go' }, snapshot: { status: 'done', value: 'red' } });
  });

  it('is sent with a policy that allows nothing from elsewhere, nothing inline, and no frame', async () => {
    const shown = await open();
    const { status, headers, body } = await get(shown, '/');
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(body).not.toMatch(/<script[^>]*>[^<]|\son\w+=|style=/);
    expect(body).not.toContain(tokenOf(shown));
  });

  it('is refused under another host, to another origin, and data without the token', async () => {
    const shown = await open();
    const { host } = new URL(shown.url);
    expect((await get(shown, '/', { host: 'evil.example' })).status).toBe(421);
    expect((await get(shown, '/', { origin: 'http://evil.example' })).status).toBe(403);
    expect((await get(shown, '/trace.json')).status).toBe(401);
    expect((await get(shown, '/trace.json', { authorization: `Bearer ${tokenOf(shown)}` })).status).toBe(200);
    expect((await get(shown, '/', {}, 'POST')).status).toBe(405);
    expect((await get(shown, '//[', {})).status).toBe(404);
    const live = `ws://${host}/live`;
    const good = ['tailrace', tokenOf(shown)];
    expect(await refused(new WebSocket(live, ['tailrace', 'x'.repeat(43)]))).toBe(401);
    expect(await refused(new WebSocket(live, ['tailrace']))).toBe(401);
    expect(await refused(new WebSocket(live, good, { origin: 'http://evil.example' }))).toBe(403);
    expect(await refused(new WebSocket(live, good, { headers: { host: 'evil.example' } }))).toBe(421);
    expect(await refused(new WebSocket(`ws://${host}/other`, good))).toBe(404);
  });

  it('can say nothing: who does is sent away', async () => {
    const shown = await open();
    const { socket } = page(shown);
    await once(socket, 'open');
    socket.send('{"type":"run.abort"}');
    const [code] = await once(socket, 'close');
    expect(code).toBe(1008);
  });

  it('is gone when the inspector is closed, by whatever way', async () => {
    const shown = await open();
    const { socket } = page(shown);
    await once(socket, 'open');
    const gone = once(socket, 'close');
    await Promise.all([shown.close(), shown.close(), gone]);
    const aborted = new AbortController();
    const second = await open({ signal: aborted.signal });
    const other = page(second).socket;
    await once(other, 'open');
    aborted.abort();
    await once(other, 'close');
    await expect(open({ signal: aborted.signal })).rejects.toThrow('aborted');
  });

  it('is not opened on a port that is taken, or that is none', async () => {
    const shown = await open();
    const port = Number(new URL(shown.url).port);
    await expect(open({ port })).rejects.toThrow(`cannot listen on port ${port}`);
    await expect(open({ port: 70_000 })).rejects.toThrow('must be a whole number');
  });
});

describe('the official inspector', () => {
  it('as a client of ours shows another app in our page, unchanged', async () => {
    const shown = await open();
    const client = createWebSocketInspector({ url: shown.inspectUrl });
    ends.push(() => client.stop());
    const actor = createActor(machine, { inspect: client.inspect }).start();
    actor.send({ type: 'go' });
    const told = page(shown);
    await told.until(isEnd(actor.sessionId));
    const announced = told.messages.find(({ type }) => type === '@xstate.actor');
    expect(announced).toMatchObject({ name: 'light', sessionId: `app1/${actor.sessionId}` });
    const definition: unknown = JSON.parse(
      announced?.type === '@xstate.actor' ? announced.definition : 'null',
    );
    expect(definition).toMatchObject({ id: 'light', initial: 'green' });
  });

  it('as a client that has lost its connection shows its actors with their charts again, to late pages too', async () => {
    const shown = await open({ history: { limitBytes: 4_096 } });
    const client = createWebSocketInspector({ url: shown.inspectUrl });
    ends.push(() => client.stop());
    const told = page(shown);
    const isOf = (id: string) => (message: InspectorMessage) =>
      message.type === '@xstate.snapshot' && message.sessionId === id;
    // What the client has to say before it is connected it says again over each connection.
    const first = createActor(machine, { inspect: client.inspect }).start();
    await told.until(isOf(`app1/${first.sessionId}`));
    const actor = createActor(machine, { inspect: client.inspect }).start();
    await told.until(isOf(`app1/${actor.sessionId}`));
    // Its type does not say that the adapter has a socket, whose end the client is to know before it connects again.
    const socket: WebSocket = Reflect.get(client.adapter, 'ws');
    const gone = once(socket, 'close');
    client.stop();
    await Promise.all([gone, told.until(isStopped(`app1/${actor.sessionId}`))]);
    client.start();
    actor.send({ type: 'stay' });
    await told.until(isOf(`app2/${actor.sessionId}`));
    // So much that the history has forgotten how it was announced.
    for (let n = 0; n < 100; n += 1) first.send({ type: 'stay' });
    const last = createActor(machine, { inspect: client.inspect }).start();
    await told.until(isOf(`app2/${last.sessionId}`));
    for (const each of [told, page(shown)]) {
      const announced = await each.until(
        ({ type, ...more }) =>
          type === '@xstate.actor' && Reflect.get(more, 'sessionId') === `app2/${actor.sessionId}`,
      );
      expect(announced).toMatchObject({ name: 'light', definition: expect.stringContaining('"green"') });
    }
  });

  it('as a server relays our stream to a plain client: every actor, in its own words', async () => {
    const port = await officialServer();
    const client = listen(new WebSocket(`ws://127.0.0.1:${port}`));
    await once(client.socket, 'open');
    const shown = await open({ relay: `ws://127.0.0.1:${port}` });
    const actor = createActor(machine, { inspect: shown.inspect }).start();
    actor.send({ type: 'go' });
    await client.until(isEnd(actor.sessionId));
    expect(client.messages.map(({ type }) => type)).toContain('@xstate.event');
    for (const message of client.messages) {
      expect(message).toMatchObject({
        type: expect.stringMatching(/^@xstate\.(actor|event|snapshot)$/),
        sessionId: expect.any(String),
        rootId: expect.any(String),
        createdAt: expect.stringMatching(/^\d+$/),
        id: null,
        _version: '0.7.2',
      });
    }
  });
});
