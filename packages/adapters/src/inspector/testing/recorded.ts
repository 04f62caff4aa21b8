// Owns a stream of the inspector that stands still in time, and everything it has told. For tests alone.
import type { InspectorMessage } from '../stream/message.js';
import { createStream } from '../stream/stream.js';

export const wallTime = (): number => 1_700_000_000_000;
export const clock = { now: () => 0, wallTime, setTimeout: () => undefined, clearTimeout: () => {} };

export function recorded(): {
  readonly stream: ReturnType<typeof createStream>;
  readonly told: InspectorMessage[];
} {
  const told: InspectorMessage[] = [];
  const stream = createStream({ clock });
  stream.subscribe(({ message }) => told.push(message));
  return { stream, told };
}
