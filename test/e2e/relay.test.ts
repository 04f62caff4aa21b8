// What a plain client hears of a real run through the official server of @statelyai/inspect: every actor that an observer
// in the process has seen, each with its last status, in messages that have the official fields and no others.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StatelyActorEvent, StatelyEventEvent, StatelySnapshotEvent } from '@statelyai/inspect';
import { createInspectorServer } from '@statelyai/inspect/server';
import { inspector } from '@tailrace/adapters/inspector';
import { customSink, exponential, fromIterable, type Pipeline, pipeline, type Sink } from '@tailrace/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createActor, createMachine } from 'xstate';
import type { Fault } from '../support/modules/faulty-sink.js';
import { seen } from '../support/seen.js';

interface Row {
  readonly n: number;
}
type Message = Readonly<Record<string, unknown>>;

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
let dir: string;
let ends: (() => unknown)[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-relay-'));
  ends = [() => rm(dir, { recursive: true, force: true })];
});
afterEach(async () => {
  for (const end of ends.toReversed()) await end();
});

const sink = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });
const outputs = (trouble: Fault): Pipeline =>
  pipeline('relayed', (flow) => {
    const numbers = Array.from({ length: 3_000 }, (_, n) => ({ n }));
    const rows = flow.source('numbers', fromIterable(numbers), { batchRows: 1_000 });
    flow.write('good', rows, sink('good', { kind: 'none' }), { writeRows: 1_000 });
    flow.write('troubled', rows, sink('troubled', trouble), { retry: quick });
  });

/** The official server on a free port of loopback: by itself it listens everywhere, and does not say on which port. */
async function officialServer(): Promise<string> {
  const listening = new Promise<string>((resolve) => {
    const create = http.createServer;
    vi.spyOn(http, 'createServer').mockImplementationOnce((...given: Parameters<typeof create>) => {
      const server = create(...given);
      const listen = server.listen.bind(server);
      server.listen = () =>
        listen(0, '127.0.0.1', () => {
          const address = server.address();
          if (typeof address === 'object' && address !== null) resolve(`ws://127.0.0.1:${address.port}`);
        });
      return server;
    });
  });
  const server = createInspectorServer({ autoOpen: false });
  ends.push(() => server.stop());
  return listening;
}

/** A client that is connected and knows nothing but JSON. */
async function plainClient(url: string): Promise<{ until(name: string): Promise<readonly Message[]> }> {
  const socket = new WebSocket(url);
  ends.push(() => socket.terminate());
  const messages: Message[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    messages.push(JSON.parse(String(data)));
    for (const look of waiting) look();
  });
  await once(socket, 'open');
  return {
    /** What came before an actor of this name was announced. */
    until: (name) =>
      new Promise((resolve) => {
        const look = (): void => {
          const index = messages.findIndex((message) => message.name === name);
          if (index >= 0) resolve(messages.slice(0, index));
        };
        waiting.add(look);
        look();
      }),
  };
}

type Check = (value: unknown) => boolean;
/** A check of every field that the official type has: one that is new there does not compile here. */
type Fields<Official> = { readonly [Name in keyof Official]-?: Check };

const isText: Check = (value) => typeof value === 'string';
const isTextIfAny: Check = (value) => value === undefined || isText(value);
const isOneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const has =
  (name: string, check: Check): Check =>
  (value) =>
    typeof value === 'object' && value !== null && check(Reflect.get(value, name));
const isSnapshot = has('status', isOneOf('active', 'done', 'error', 'stopped'));
const isEvent = has('type', isText);
const isJson: Check = (value) => typeof value === 'string' && typeof JSON.parse(value) === 'object';
const base = {
  rootId: isText,
  sessionId: isText,
  createdAt: (value: unknown) => /^\d{13}$/.test(String(value)),
  // The type says text, but the package itself sends null.
  id: isOneOf(null),
  _version: isOneOf('0.7.2'),
};
const fieldsOf: ReadonlyMap<unknown, Readonly<Record<string, Check>>> = new Map([
  [
    '@xstate.actor',
    {
      ...base,
      type: isText,
      name: isText,
      snapshot: isSnapshot,
      definition: isJson,
      parentId: isTextIfAny,
    } satisfies Fields<StatelyActorEvent>,
  ],
  [
    '@xstate.event',
    { ...base, type: isText, event: isEvent, sourceId: isTextIfAny } satisfies Fields<StatelyEventEvent>,
  ],
  [
    '@xstate.snapshot',
    { ...base, type: isText, event: isEvent, snapshot: isSnapshot } satisfies Fields<StatelySnapshotEvent>,
  ],
]);

/** Fields that are missing, wrong or unknown, by type of message. */
function complaints(message: Message): readonly string[] {
  const fields = fieldsOf.get(message.type);
  if (fields === undefined) return [`${String(message.type)} is no message of theirs`];
  const unknown = Object.keys(message).filter((name) => !Object.hasOwn(fields, name));
  const wrong = Object.entries(fields).flatMap(([name, check]) => (check(message[name]) ? [] : [name]));
  return [...unknown, ...wrong].map((name) => `${String(message.type)}: ${name}`);
}

/** The last status of every session, and what was told of sessions that had not been announced, or twice. */
function statusesOf(messages: readonly Message[]): { statuses: Record<string, unknown>; odd: string[] } {
  const statuses: Record<string, unknown> = {};
  const odd: string[] = [];
  for (const { type, sessionId, snapshot } of messages) {
    const id = String(sessionId);
    if (Object.hasOwn(statuses, id) === (type === '@xstate.actor')) odd.push(`${String(type)} ${id}`);
    // Snapshots are records: checked before.
    if (type !== '@xstate.event') statuses[id] = (snapshot as { readonly status: unknown }).status;
  }
  return { statuses, odd };
}

describe.each([
  { workers: 0, trouble: { kind: 'throw', times: 1 } },
  { workers: 1, trouble: { kind: 'throw', times: 1 } },
  { workers: 1, trouble: { kind: 'exit', times: 1 } },
] as const)('a run with $workers workers whose write is retried ($trouble.kind)', ({ workers, trouble }) => {
  it('is relayed whole to a plain client: every session that was inspected, with its last status', async () => {
    const url = await officialServer();
    const client = await plainClient(url);
    const shown = await inspector({ relay: url });
    ends.push(() => shown.close());
    const all = seen();
    const report = await outputs(trouble).run({
      workers,
      inspect: (event) => {
        all.inspect(event);
        shown.inspect(event);
      },
    }).completed;
    const inspected = Object.fromEntries(
      [...all.actors.values()].map((each) => [each.sessionId, each.status]),
    );
    // Messages keep their order: when this one is there, everything before it has come.
    createActor(createMachine({ id: 'the last' }), { id: 'the last', inspect: shown.inspect });
    const messages = await client.until('the last');

    const troubled = report.outputs.find(({ name }) => name === 'troubled');
    expect(troubled?.attempts).toBeGreaterThan(troubled?.writes ?? Number.POSITIVE_INFINITY);
    expect([...new Set(messages.flatMap(complaints))]).toEqual([]);
    const { statuses, odd } = statusesOf(messages);
    expect(odd).toEqual([]);
    expect(statuses).toEqual(inspected);
    // Not all of one kind: attempts have failed, and the thread was stopped.
    expect([...new Set(Object.values(statuses))].sort()).toEqual(['done', 'error', 'stopped']);
  });
});
