// Owns the check of messages that come from a file or a socket: everything that is read of them, however deep it stands, has
// the type that it should have, and lies within what can be drawn.
import type { InspectorMessage } from './message.js';

type Check = (value: unknown) => boolean;

/** Levels of plain data; what an inspector tells has at most as many. */
export const deepest = 100;
/** The last moment that a date can stand for, in milliseconds. */
const lastMoment = 8.64e15;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
// JSON's 1e999 is read as Infinity.
const amount: Check = (value) => typeof value === 'number' && Number.isFinite(value);
const moment: Check = (value) => amount(value) && Number(value) >= 0 && Number(value) <= lastMoment;
const momentText: Check = (value) => typeof value === 'string' && moment(Number(value));
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const record =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(fields).every(([name, check]) => check(field(value, name)));

/** A name such as `toString` is no field of every object. */
const field = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

/** What came as JSON is plain; only how deep it goes is to be seen, as it is read by functions that call themselves. */
const plain: Check = (value) => value !== undefined && isShallow(value, deepest);

function isShallow(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1));
}

const xstate = { sessionId: text, rootId: text, createdAt: momentText };
const named = { name: text, state: text, rows: amount };
const checks: Readonly<Record<string, Check | undefined>> = {
  '@xstate.actor': record({
    ...xstate,
    name: text,
    parentId: maybe(text),
    definition: text,
    snapshot: plain,
  }),
  '@xstate.event': record({ ...xstate, event: plain, sourceId: maybe(text) }),
  '@xstate.snapshot': record({ ...xstate, event: plain, snapshot: plain }),
  '@tailrace.lane': record({
    at: moment,
    run: maybe(text),
    id: text,
    lane: text,
    name: text,
    doing: orNull(text),
  }),
  '@tailrace.problem': record({
    at: moment,
    run: maybe(text),
    id: text,
    name: text,
    state: text,
    code: text,
    text,
  }),
  '@tailrace.summary': record({
    at: moment,
    run: maybe(text),
    writes: amount,
    actors: amount,
    events: maybe(amount),
  }),
  '@tailrace.gone': record({ at: moment, runs: list(text) }),
  '@tailrace.graph': record({
    at: moment,
    run: maybe(text),
    pipeline: text,
    nodes: list(record({ name: text, kind: text })),
    edges: list(record({ from: text, to: text })),
    outputs: list(record({ name: text, from: text, target: text })),
  }),
  '@tailrace.progress': record({
    at: moment,
    run: maybe(text),
    elapsedMs: amount,
    state: text,
    bytesHeld: amount,
    bytesLimit: amount,
    bytesHighWater: amount,
    bytesLowWater: amount,
    memoryBytes: amount,
    workers: maybe(amount),
    stages: list(
      record({
        ...named,
        totalRows: maybe(amount),
        busyMs: maybe(amount),
        readMs: maybe(amount),
        blockedMs: maybe(amount),
        heldUpMs: maybe(amount),
      }),
    ),
    outputs: list(
      record({
        ...named,
        kept: maybe(flag),
        heldBytes: amount,
        bytesWritten: amount,
        busyMs: maybe(amount),
        active: amount,
        retrying: amount,
        paused: maybe(amount),
        prepared: amount,
        failed: amount,
      }),
    ),
  }),
  '@tailrace.report': record({
    at: moment,
    run: maybe(text),
    state: text,
    elapsedMs: amount,
    rows: amount,
    bytes: amount,
    workers: amount,
    computeMs: amount,
    writeMs: amount,
    blockedMs: amount,
    tailMs: amount,
    advice: text,
    outputs: list(record({ ...named, bytes: amount, writes: amount, attempts: amount, error: maybe(text) })),
  }),
};

export function isMessage(value: unknown): value is InspectorMessage {
  if (typeof value !== 'object' || value === null) return false;
  const type = field(value, 'type');
  const check = typeof type === 'string' && Object.hasOwn(checks, type) ? checks[type] : undefined;
  return check?.(value) ?? false;
}
