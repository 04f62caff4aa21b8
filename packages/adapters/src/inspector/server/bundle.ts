// Owns how messages reach pages: those of a moment in one frame, a line each, because every frame is a call of the system
// here and a wake-up there, and costs more than what it carries. JSON has no line breaks of its own.
import type { Clock } from '@tailrace/core';

export interface Bundle {
  add(text: string): void;
  /** Sends what is there now. */
  flush(): void;
}

/** Milliseconds for which messages are collected: the first ones after a lull, and between two frames while more come. */
const collectMs = { first: 50, between: 500 } as const;
/** Characters after which a frame is sent at once. */
const mostChars = 262_144;

/** @param send takes a frame; never called without any message */
export function createBundle(
  clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>,
  send: (frame: string) => void,
): Bundle {
  let waiting: string[] = [];
  let chars = 0;
  let timer: unknown;
  const flush = (): void => {
    clock.clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0) return;
    const frame = waiting.join('\n');
    waiting = [];
    chars = 0;
    send(frame);
  };
  const onMoment = (): void => {
    const hasMore = waiting.length > 0;
    flush();
    if (hasMore) timer = clock.setTimeout(onMoment, collectMs.between);
  };
  return {
    flush,
    add(text) {
      waiting.push(text);
      chars += text.length;
      if (chars >= mostChars) flush();
      else timer ??= clock.setTimeout(onMoment, collectMs.first);
    },
  };
}

/** The same for messages that are there already: frames of at most as many characters, but for a message that has more. */
export function* framesOf(
  texts: Iterable<string>,
  most: number = mostChars,
): Generator<string, void, undefined> {
  let waiting: string[] = [];
  let chars = 0;
  for (const text of texts) {
    if (waiting.length > 0 && chars + text.length > most) {
      yield waiting.join('\n');
      waiting = [];
      chars = 0;
    }
    waiting.push(text);
    chars += text.length + 1;
  }
  if (waiting.length > 0) yield waiting.join('\n');
}
