// Who may read an inspector and who may send to it, what its options may be, and what it lets go of.
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer, Server } from 'node:net';
import { type Clock, systemClock } from '@tailrace/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Inspector, inspector } from './inspector.js';
import type { InspectorOptions } from './options.js';
import type { WatchedRun } from './stream/watch-run.js';
import { collectGarbage } from './testing/collect-garbage.js';

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

const tokenOf = (shown: Inspector): string => shown.url.split('#token=')[1] ?? '';
/** How a WebSocket was refused. */
function refused(socket: WebSocket): Promise<number | undefined> {
  ends.push(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
    socket.on('open', () => reject(new Error('It was let in.')));
    socket.on('error', () => {});
  });
}

describe('an inspector', () => {
  it.each<[object, string]>([
    [{ port: 65_536 }, 'The option port must be a whole number from 0 to 65535, not 65536.'],
    [{ writes: Number.NaN }, 'The option writes must be a whole number'],
    [{ history: { limitBytes: 2 ** 30 } }, 'history.limitBytes must be'],
    [{ history: 5 }, 'the option history must be an object, not 5'],
    [{ limits: { depth: 100 } }, 'limits.depth must be a whole number from 1 to 99, not 100'],
    [{ limits: { depth: 0 } }, 'limits.depth must be'],
    [{ limits: { entries: -5 } }, 'limits.entries must be a whole number from 1'],
    [{ limits: { characters: Number.NaN } }, 'limits.characters must be a whole number from 1'],
    [
      { limits: { values: 'x' } },
      'limits.values must be a whole number from 1 to 9007199254740991, not "x".',
    ],
    [{ limits: null }, 'the option limits must be an object, not null'],
    [
      { limits: { errorMessages: false } },
      'The option limits has no "errorMessages"; it has depth, entries, characters, values. Give errorMessages beside it',
    ],
    [{ limits: { depth: 2, omit: new Set() } }, 'The option limits has no "omit"; it has depth, entries'],
    [{ errorMessages: 'no' }, 'the option errorMessages must be true or false'],
    [{ origins: 'http://x' }, 'the option origins must be a list of texts'],
    [{ origins: [5] }, 'the option origins must be a list of texts'],
    [{ origins: ['localhost:5173'] }, 'not "localhost:5173". Write it like http://localhost:5173.'],
    [{ origins: ['http://localhost:5173/'] }, 'Write http://localhost:5173.'],
    [{ origins: ['https://Localhost:443'] }, 'Write https://localhost.'],
    [{ origins: ['*'] }, 'origins must have origins as browsers send them, not "*"'],
    [{ origins: ['null'] }, 'not "null"'],
    [{ relay: 'localhost:8080' }, 'The option relay must be the address of a WebSocket'],
    [{ relay: 'http://localhost:8080' }, 'The option relay must be the address of a WebSocket'],
    [{ relay: '' }, 'The option relay must be the address of a WebSocket'],
    [{ relay: 8080 }, 'the option relay must be text, not 8080'],
  ])('is not opened with options that mean nothing: %o', async (options, said) => {
    const listened = vi.spyOn(Server.prototype, 'listen');
    ends.push(() => listened.mockRestore());
    await expect(open(options)).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining(said),
    });
    expect(listened).not.toHaveBeenCalled();
  });

  it('is opened for pages of any scheme', async () => {
    await open({ origins: ['http://localhost:5173', 'chrome-extension://abc', 'https://[::1]:8443'] });
  });

  it('is not read with the token of those who send, nor sent to with that of those who read', async () => {
    const shown = await open({ origins: ['http://localhost:5173'] });
    const { host } = new URL(shown.url);
    const feedToken = new URL(shown.inspectUrl).searchParams.get('token') ?? '';
    const trace = `http://${host}/trace.json`;
    const statusOf = async (token: string): Promise<number> =>
      (await fetch(trace, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await statusOf(tokenOf(shown))).toBe(200);
    expect(await statusOf(feedToken)).toBe(401);
    expect((await fetch(`${trace}?token=${tokenOf(shown)}`)).status).toBe(401);
    expect(await refused(new WebSocket(`ws://${host}/live`, ['tailrace', feedToken]))).toBe(401);
    expect(await refused(new WebSocket(`ws://${host}/live?token=${tokenOf(shown)}`))).toBe(401);
    expect(await refused(new WebSocket(`ws://${host}/inspect?token=${tokenOf(shown)}`))).toBe(401);
    // An app in a browser sends; it does not read.
    const origin = 'http://localhost:5173';
    expect(await refused(new WebSocket(`ws://${host}/live`, ['tailrace', tokenOf(shown)], { origin }))).toBe(
      403,
    );
    const app = new WebSocket(shown.inspectUrl, { origin });
    ends.push(() => app.terminate());
    await once(app, 'open');
  });

  it('holds no runs that it has watched and that have ended', async () => {
    const shown = await open();
    const ended = { state: 'completed', outputs: [], advice: { text: '' } };
    const described = { name: 'p', nodes: [], edges: [], outputs: [], groups: [], warnings: [], mermaid: '' };
    const watchOne = async (): Promise<WeakRef<object>> => {
      // Of progress and report, those fields that must be there.
      const run = {
        actor: { sessionId: 'x:0' },
        progress: () => ({ sources: [], stages: [], outputs: [] }),
        settled: Promise.resolve(ended),
      } as unknown as WatchedRun;
      shown.watch(run, { describe: () => described });
      await run.settled;
      return new WeakRef(run);
    };
    const refs = await Promise.all(Array.from({ length: 50 }, watchOne));
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    // One or another may still stand in a register.
    expect(refs.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(5);
  });

  it('warns once when nobody takes what it relays, and goes on trying', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    ends.push(() => warned.mockRestore());
    // Whoever listens there hangs up.
    const deaf = createServer((socket) => socket.destroy());
    deaf.listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    ends.push(() => deaf.close());
    // It listens on TCP.
    const url = `ws://127.0.0.1:${(deaf.address() as AddressInfo).port}`;
    const failures = new EventEmitter();
    const clock: Clock = {
      ...systemClock,
      setTimeout: (retry) => failures.emit('failed', retry),
      clearTimeout: () => {},
    };
    const first = once(failures, 'failed');
    await open({ relay: url, clock });
    const [retry] = await first;
    const second = once(failures, 'failed');
    retry();
    await second;
    expect(warned.mock.calls.map(([said]) => said)).toEqual([
      expect.stringContaining(`cannot reach ${url}: `),
    ]);
  });
});
