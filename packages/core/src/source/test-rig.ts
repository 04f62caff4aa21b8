// Owns what the unit tests of this folder share: time that is set by hand, and credit that is given by hand.
import type { Downstream, FlowContext } from '../materialise/flow-context.js';
import type { Memory } from '../materialise/memory.js';
import type { Clock } from '../time/clock.js';

export interface HandClock extends Clock {
  /** Moves time on. */
  advance(ms: number): void;
  /** How often the event loop was given its turn. */
  readonly yields: number;
}

/** Time moves only by `advance`; `yield` lets real events pass but takes no time. */
export function handClock(): HandClock {
  let time = 0;
  let yields = 0;
  return {
    now: () => time,
    wallTime: () => time,
    setTimeout: () => {
      throw new Error('The code under test must not set timers.');
    },
    clearTimeout: () => undefined,
    yield() {
      yields += 1;
      return new Promise((resolve) => setImmediate(resolve));
    },
    advance(ms) {
      time += ms;
    },
    get yields() {
      return yields;
    },
  };
}

export interface HandCredit extends Downstream {
  set(open: boolean): void;
}

export function handCredit(initially: boolean = true): HandCredit {
  let open = initially;
  let waiting: (() => void)[] = [];
  return {
    get open() {
      return open;
    },
    whenOpen(signal) {
      if (open) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const onAbort = (): void => reject(signal?.reason);
        signal?.addEventListener('abort', onAbort, { once: true });
        waiting.push(() => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
      });
    },
    set(next) {
      open = next;
      if (!open) return;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}

export interface HandContext {
  readonly context: FlowContext;
  readonly clock: HandClock;
  readonly credit: HandCredit;
  /** Blocks that are in force now. */
  blocks(): number;
}

/** The context of a stage whose downstream is `credit` and whose upstream only counts its blocks. */
export function handContext(credit: HandCredit = handCredit()): HandContext {
  const clock = handClock();
  let blocks = 0;
  const context: FlowContext = {
    stage: 'under test',
    // The gated operators hold no memory of the budget.
    memory: {} as Memory,
    clock,
    downstream: credit,
    upstream: {
      block() {
        blocks += 1;
        return () => {
          blocks -= 1;
        };
      },
    },
  };
  return { context, clock, credit, blocks: () => blocks };
}

/** Lets everything that is already under way settle. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** All items of a source, read without credit. */
export async function readAll<T>(
  source: { open(signal: AbortSignal): AsyncIterable<readonly T[]> },
  signal: AbortSignal = new AbortController().signal,
): Promise<T[]> {
  const items: T[] = [];
  for await (const chunk of source.open(signal)) items.push(...chunk);
  return items;
}
