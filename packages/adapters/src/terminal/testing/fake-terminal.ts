// Owns what the tests of the display put in the place of a terminal and of time.
import type { Clock } from '@tailrace/core';
import type { TerminalStream } from '../screen.js';

/** Time that moves when told to, one timer after the other. */
export function fakeClock(): Clock & { advance(ms: number): void; readonly timers: number } {
  let now = 0;
  let timers: { at: number; callback: () => void }[] = [];
  return {
    now: () => now,
    wallTime: () => now,
    setTimeout(callback, delayMs) {
      const timer = { at: now + delayMs, callback };
      timers.push(timer);
      return timer;
    },
    clearTimeout(handle) {
      timers = timers.filter((timer) => timer !== handle);
    },
    yield: () => Promise.resolve(),
    get timers() {
      return timers.length;
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        timers.shift();
        now = next.at;
        next.callback();
      }
      now = end;
    },
  };
}

interface FakeStream {
  readonly stream: TerminalStream;
  readonly writes: string[];
  readonly listeners: ReadonlySet<(error: Error) => void>;
  readonly text: () => string;
}

export function fakeStream(size: { isTTY?: boolean; columns?: number; rows?: number } = {}): FakeStream {
  const listeners = new Set<(error: Error) => void>();
  const writes: string[] = [];
  const stream: TerminalStream = {
    ...size,
    write(text, done) {
      if (text !== '') writes.push(text);
      done?.();
    },
    on: (_, listener) => listeners.add(listener),
    off: (_, listener) => listeners.delete(listener),
  };
  return { stream, writes, listeners, text: () => writes.join('') };
}

/** What begins every escape sequence. */
export const esc = '\u001b';
