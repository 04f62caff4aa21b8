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
  const names: TraceEvent[] = [];
  const open = new Map<string, { readonly message: LaneMessage; readonly track: Track }>();
  const tracks = createTracks();
  const processes = createProcesses();
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
      pid: span.track.pid,
      tid: span.track.tid,
      args: { lane, actor: name },
    });
  };
  for (const message of messages) {
    lastAt = Math.max(lastAt, timeOf(message));
    if (message.type === '@tailrace.lane') {
      close(message.id, message.at);
      if (message.doing !== null)
        open.set(message.id, {
          message,
          track: tracks.take(processes.of(message.run), message.lane, message.at),
        });
    } else if (message.type === '@tailrace.problem') {
      const { name, state, code, text } = message;
      events.push({
        name: `${state}: ${name}`,
        cat: 'problem',
        ph: 'i',
        s: 'g',
        ts: microseconds(message.at),
        pid: processes.of(message.run),
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
        pid: processes.of(message.run),
        tid: 0,
        args,
      });
    } else if (message.type === '@tailrace.graph') {
      const pid = processes.of(message.run);
      const args = { name: message.pipeline };
      names.push({ name: 'process_name', cat: '__metadata', ph: 'M', ts: 0, pid, tid: 0, args });
    }
  }
  for (const id of [...open.keys()]) close(id, lastAt);
  const threads = tracks.all.map(
    ({ pid, tid, name }): TraceEvent => ({
      name: 'thread_name',
      cat: '__metadata',
      ph: 'M',
      ts: 0,
      pid,
      tid,
      args: { name },
    }),
  );
  return {
    traceEvents: [...names, ...threads, ...events],
    displayTimeUnit: 'ms',
    tailrace: { version: 1, messages },
  };
}

interface Track {
  readonly pid: number;
  readonly tid: number;
  readonly name: string;
  readonly lane: string;
  busy: boolean;
  /** Where its last span has ended: some are told when they are over. */
  until: number;
}

/** Every run is a process of its own, as every one has a `w1`; so is whatever else was inspected. */
function createProcesses(): { of(run: string | undefined): number } {
  const pids = new Map<string, number>();
  return {
    of(run = '') {
      const pid = pids.get(run) ?? pids.size + 1;
      pids.set(run, pid);
      return pid;
    },
  };
}

/** Spans of one track must nest; those of writes that share a worker overlap, so that a lane may need several tracks. */
function createTracks(): {
  readonly all: readonly Track[];
  take(pid: number, lane: string, at: number): Track;
} {
  const all: Track[] = [];
  return {
    all,
    take(pid, lane, at) {
      const same = all.filter((track) => track.pid === pid && track.lane === lane);
      let track = same.find(({ busy, until }) => !busy && until <= at);
      if (track === undefined) {
        const name = same.length === 0 ? lane : `${lane} (${same.length + 1})`;
        track = { pid, tid: all.length + 1, name, lane, busy: false, until: 0 };
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
