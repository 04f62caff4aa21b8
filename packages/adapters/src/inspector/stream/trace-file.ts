// Owns the file of a recorded run: Chrome's trace format, which Perfetto opens, with the messages beside it for the
// inspector's own page. Source: "Trace Event Format", object form, complete ("X") events.
import { TailraceError } from '@tailrace/core';
import { isMessage } from './check-message.js';
import type { InspectorMessage, LaneMessage } from './message.js';

interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: 'X' | 'i' | 'M' | 'C';
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly s?: 'g';
  readonly args?: Readonly<Record<string, string | number>>;
}

export interface TraceFile {
  readonly traceEvents: readonly TraceEvent[];
  readonly displayTimeUnit: 'ms';
  /** What Chrome and Perfetto take for metadata. */
  readonly tailrace: { readonly version: 1; readonly messages: readonly InspectorMessage[] };
}

/** A trace of messages, oldest first. What has not ended yet ends with the last message. */
export function traceOf(messages: readonly InspectorMessage[]): TraceFile {
  const events: TraceEvent[] = [];
  const open = new Map<string, { readonly message: LaneMessage; readonly track: Track }>();
  const tracks = createTracks();
  let lastAt = 0;

  const close = (id: string, at: number): void => {
    const span = open.get(id);
    if (span === undefined) return;
    open.delete(id);
    span.track.busy = false;
    span.track.until = Math.max(span.track.until, span.message.at, at);
    const { doing, name, lane } = span.message;
    events.push({
      name: `${doing} ${name}`,
      cat: doing ?? '',
      ph: 'X',
      ts: microseconds(span.message.at),
      dur: Math.max(0, microseconds(at) - microseconds(span.message.at)),
      pid: 1,
      tid: span.track.tid,
      args: { lane, actor: name },
    });
  };
  for (const message of messages) {
    lastAt = Math.max(lastAt, timeOf(message));
    if (message.type === '@tailrace.lane') {
      close(message.id, message.at);
      if (message.doing !== null) open.set(message.id, { message, track: tracks.take(message.lane, message.at) });
    } else if (message.type === '@tailrace.problem') {
      const { name, state, code, text } = message;
      events.push({
        name: `${state}: ${name}`,
        cat: 'problem',
        ph: 'i',
        s: 'g',
        ts: microseconds(message.at),
        pid: 1,
        tid: 0,
        args: { code, text },
      });
    } else if (message.type === '@tailrace.progress') {
      const { bytesHeld, memoryBytes } = message;
      const args = { bytesHeld, memoryBytes };
      events.push({
        name: 'memory',
        cat: 'memory',
        ph: 'C',
        ts: microseconds(message.at),
        pid: 1,
        tid: 0,
        args,
      });
    }
  }
  for (const id of [...open.keys()]) close(id, lastAt);
  const names = tracks.all.map(
    ({ tid, name }): TraceEvent => ({
      name: 'thread_name',
      cat: '__metadata',
      ph: 'M',
      ts: 0,
      pid: 1,
      tid,
      args: { name },
    }),
  );
  return {
    traceEvents: [...names, ...events],
    displayTimeUnit: 'ms',
    tailrace: { version: 1, messages },
  };
}

interface Track {
  readonly tid: number;
  readonly name: string;
  readonly lane: string;
  busy: boolean;
  /** Where its last span has ended: some are told when they are over. */
  until: number;
}

/** Spans of one track must nest; those of writes that share a worker overlap, so that a lane may need several tracks. */
function createTracks(): { readonly all: readonly Track[]; take(lane: string, at: number): Track } {
  const all: Track[] = [];
  return {
    all,
    take(lane, at) {
      const same = all.filter((track) => track.lane === lane);
      let track = same.find(({ busy, until }) => !busy && until <= at);
      if (track === undefined) {
        const name = same.length === 0 ? lane : `${lane} (${same.length + 1})`;
        track = { tid: all.length + 1, name, lane, busy: false, until: 0 };
        all.push(track);
      }
      track.busy = true;
      return track;
    },
  };
}

const microseconds = (ms: number): number => Math.round(ms * 1_000);

const timeOf = (message: InspectorMessage): number =>
  'at' in message ? message.at : Number(message.createdAt) || 0;

/**
 * Messages of a recorded run.
 * @throws TailraceError when the text is no such file
 */
export function readTrace(text: string, file: string): readonly InspectorMessage[] {
  const refuse = (why: string, cause?: unknown): TailraceError =>
    new TailraceError(`${file} is no recorded run: ${why}. Take the file that inspector.trace() gave.`, {
      code: 'SOURCE_FAILED',
      operation: 'read trace',
      status: 'permanent',
      context: { file },
      cause,
    });
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw refuse('it is not JSON', cause);
  }
  const part: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'tailrace') : undefined;
  if (typeof part !== 'object' || part === null) throw refuse('it holds no messages of Tailrace');
  if (Reflect.get(part, 'version') !== 1) throw refuse('it was written by another version');
  const messages: unknown = Reflect.get(part, 'messages');
  if (!Array.isArray(messages) || !messages.every(isMessage)) throw refuse('its messages are damaged');
  return messages;
}
