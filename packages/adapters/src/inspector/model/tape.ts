// Owns the messages of a page in their order, so that it can show any earlier moment: models at checkpoints, and the
// messages since. Pure models share what they have in common; messages have a limit in number.
import { type InspectorMessage, timeOf } from '../stream/message.js';
import { emptyModel, type Model, reduce } from './model.js';

export interface Tape {
  add(messages: readonly InspectorMessage[]): void;
  /** The model of everything. */
  readonly now: Model;
  /** The model as it was at a time, in milliseconds since 1970. Before all that is kept: the oldest there is. */
  at(time: number): Model;
  clear(): void;
}

export interface TapeOptions {
  /** Messages between two checkpoints. Default 4,000. */
  readonly every?: number | undefined;
  /** Checkpoints that are kept: times `every`, the messages one can go back. Default 50. */
  readonly checkpoints?: number | undefined;
}

interface Segment {
  /** The model before its messages. */
  readonly start: Model;
  readonly messages: InspectorMessage[];
}

export function createTape({ every = 4_000, checkpoints = 50 }: TapeOptions = {}): Tape {
  let now = emptyModel;
  let segments: Segment[] = [];

  const segmentFor = (): Segment => {
    const last = segments.at(-1);
    if (last !== undefined && last.messages.length < every) return last;
    const segment: Segment = { start: now, messages: [] };
    segments.push(segment);
    if (segments.length > checkpoints) segments.shift();
    return segment;
  };

  return {
    get now() {
      return now;
    },
    add(messages) {
      for (let from = 0; from < messages.length; ) {
        const segment = segmentFor();
        const part = messages.slice(from, from + every - segment.messages.length);
        for (const message of part) segment.messages.push(message);
        now = reduce(now, part);
        from += part.length;
      }
    },
    at(time) {
      const [oldest] = segments;
      if (oldest === undefined || time >= now.to) return now;
      // Times may go back a little between two apps: the order of arrival is what counts.
      const segment = segments.findLast(({ start }) => start.to <= time) ?? oldest;
      const { start, messages } = segment;
      const end = messages.findIndex((message) => timeOf(message) > time);
      return reduce(start, end < 0 ? messages : messages.slice(0, end));
    },
    clear() {
      now = emptyModel;
      segments = [];
    },
  };
}
