// Owns what a late joiner is told: the last messages within a limit in bytes, and before them the actors that were
// announced earlier and live on, each with its latest state.
import type { ActorMessage, InspectorMessage, LaneMessage, Plain, SnapshotMessage } from './message.js';

export interface HistoryOptions {
  /** Bytes of messages that are kept, as UTF-16. Default 32 MiB. */
  readonly limitBytes?: number | undefined;
  /** Living actors that are remembered beyond the last messages. Default 4,096. */
  readonly actors?: number | undefined;
}

export interface Entry {
  readonly message: InspectorMessage;
  /** JSON of the message, made once for everyone. */
  readonly text: string;
}

export interface History {
  add(message: InspectorMessage): Entry;
  /** Everything that is remembered, oldest first. */
  entries(): Iterable<Entry>;
  /** Bytes of the last messages; what is remembered of living actors comes on top, bounded by their number. */
  readonly bytes: number;
  /** Messages that are forgotten. */
  readonly dropped: number;
}

/** Entries of an array-backed queue that may be empty slots before it is compacted. */
const slack = 4_096;

export function createHistory({ limitBytes = 32 * 1_048_576, actors = 4_096 }: HistoryOptions = {}): History {
  let queue: Entry[] = [];
  let head = 0;
  let bytes = 0;
  let dropped = 0;
  /** What is known from before the oldest entry: actors alive then, by session id. */
  const alive = new Map<string, ActorMessage>();
  /** The same for lanes, and for what there is once. */
  const lanes = new Map<string, LaneMessage>();
  const latest = new Map<string, InspectorMessage>();

  const forget = ({ message }: Entry): void => {
    dropped += 1;
    switch (message.type) {
      case '@xstate.actor':
        alive.set(message.sessionId, message);
        if (alive.size > actors) dropFirst(alive);
        return;
      case '@xstate.snapshot':
        remember(message);
        return;
      case '@tailrace.lane':
        if (message.doing === null) lanes.delete(message.id);
        else lanes.set(message.id, message);
        if (lanes.size > actors) dropFirst(lanes);
        return;
      case '@xstate.event':
      case '@tailrace.problem':
        return;
      default:
        latest.set(message.type, message);
    }
  };

  const remember = (message: SnapshotMessage): void => {
    const actor = alive.get(message.sessionId);
    if (actor === undefined) return;
    if (isOver(message.snapshot)) alive.delete(message.sessionId);
    else alive.set(message.sessionId, { ...actor, snapshot: message.snapshot });
  };

  return {
    get bytes() {
      return bytes;
    },
    get dropped() {
      return dropped;
    },
    add(message) {
      const entry: Entry = { message, text: JSON.stringify(message) };
      queue.push(entry);
      bytes += sizeOf(entry);
      while (bytes > limitBytes) {
        const oldest = queue[head];
        if (oldest === undefined) break;
        head += 1;
        bytes -= sizeOf(oldest);
        forget(oldest);
      }
      if (head > slack) {
        queue = queue.slice(head);
        head = 0;
      }
      return entry;
    },
    *entries() {
      const before: readonly InspectorMessage[] = [...latest.values(), ...alive.values(), ...lanes.values()];
      for (const message of before) yield { message, text: JSON.stringify(message) };
      yield* queue.slice(head);
    },
  };
}

const sizeOf = ({ text }: Entry): number => 2 * text.length;

/** Maps keep the order of insertion. */
function dropFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}

function isOver(snapshot: Plain): boolean {
  if (typeof snapshot !== 'object' || snapshot === null || Array.isArray(snapshot)) return false;
  const status: unknown = Reflect.get(snapshot, 'status');
  return status !== undefined && status !== 'active';
}
