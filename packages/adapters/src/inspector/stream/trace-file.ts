// Owns the file of a recorded run: Chrome's trace format, which Perfetto opens, with the messages beside it for the
// inspector's own page. Source: "Trace Event Format", object form, complete ("X") events.
import { TailraceError } from '@tailrace/core';
import { isMessage } from './check-message.js';
import type { InspectorMessage } from './message.js';
import { type TraceSpan, type TraceTrack, tracksOf } from './trace-spans.js';

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
  const processes = createProcesses();
  const events = messages.flatMap((message) => eventOf(message, processes));
  const tracks = tracksOf(messages).flatMap((track, index) =>
    eventsOf(track, index + 1, processes.of(track.run)),
  );
  return {
    traceEvents: [...processes.events(), ...tracks, ...events],
    displayTimeUnit: 'ms',
    tailrace: { version: 1, messages },
  };
}

/** What there is beside spans: problems and memory. */
function eventOf(message: InspectorMessage, processes: Processes): TraceEvent[] {
  switch (message.type) {
    case '@tailrace.problem': {
      const { name, state, code, text, run, at } = message;
      const where = { ts: microseconds(at), pid: processes.of(run), tid: 0 };
      return [{ name: `${state}: ${name}`, cat: 'problem', ph: 'i', s: 'g', ...where, args: { code, text } }];
    }
    case '@tailrace.progress': {
      const { bytesHeld, memoryBytes, run, at } = message;
      const where = { ts: microseconds(at), pid: processes.of(run), tid: 0 };
      return [{ name: 'memory', cat: 'memory', ph: 'C', ...where, args: { bytesHeld, memoryBytes } }];
    }
    case '@tailrace.graph':
      processes.name(message.run, message.pipeline);
      return [];
    default:
      return [];
  }
}

/** A track with its name and its place; each span stands before those that it consists of. */
function eventsOf({ name, spans }: TraceTrack, tid: number, pid: number): TraceEvent[] {
  const events = [
    said('thread_name', { name }, pid, tid),
    said('thread_sort_index', { sort_index: tid }, pid, tid),
  ];
  const add = ({ name: what, category, from, to, lane, actor, parts }: TraceSpan): void => {
    const args = { lane, actor };
    events.push({ name: what, cat: category, ph: 'X', ts: from, dur: to - from, pid, tid, args });
    for (const part of parts) add(part);
  };
  for (const span of spans) add(span);
  return events;
}

/** What is said of a process or a track. */
const said = (name: string, args: NonNullable<TraceEvent['args']>, pid: number, tid = 0): TraceEvent => ({
  name,
  cat: '__metadata',
  ph: 'M',
  ts: 0,
  pid,
  tid,
  args,
});

/** Every run is a process of its own, as every one has a `w1`; so is whatever else was inspected. */
interface Processes {
  of(run: string | undefined): number;
  name(run: string | undefined, pipeline: string): void;
  /** Their names and their order. */
  events(): readonly TraceEvent[];
}

function createProcesses(): Processes {
  const pids = new Map<string, number>();
  const names = new Map<number, string>();
  const of = (run = ''): number => {
    const pid = pids.get(run) ?? pids.size + 1;
    pids.set(run, pid);
    return pid;
  };
  return {
    of,
    name(run, pipeline) {
      names.set(of(run), pipeline);
    },
    events: () =>
      [...pids.values()].flatMap((pid) => [
        said('process_name', { name: names.get(pid) ?? 'tailrace' }, pid),
        said('process_sort_index', { sort_index: pid }, pid),
      ]),
  };
}

const microseconds = (ms: number): number => Math.round(ms * 1_000);

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
