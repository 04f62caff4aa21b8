// Owns time in a simulated world: what is due next, and a loop that runs it, then everything that follows without time.
// It reads no real clock and sets no real timer.

export interface Due {
  readonly at: number;
  readonly order: number;
  /** Undefined once called off. */
  run: (() => void) | undefined;
}

export interface VirtualTime {
  /** Milliseconds since the world began. */
  readonly now: number;
  /** Things done so far. */
  readonly steps: number;
  after(delayMs: number, run: () => void): Due;
  /**
   * Runs what is due, in order, each thing with all that follows of it, until `isOver` says so (asked after each), nothing
   * is due any more, or the deadline has passed.
   */
  drive(isOver: () => boolean, deadlineMs: number): Promise<'over' | 'quiet' | 'late'>;
}

/** @param onThrow told what a callback threw: a real process would die of it */
export function createVirtualTime(onThrow: (error: unknown) => void): VirtualTime {
  const heap: Due[] = [];
  let now = 0;
  let order = 0;
  let steps = 0;

  const isBefore = (one: Due, other: Due): boolean =>
    one.at < other.at || (one.at === other.at && one.order < other.order);
  const push = (due: Due): void => {
    let at = heap.length;
    heap.push(due);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, due)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = due;
  };
  const pop = (): Due | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      if (left === undefined) break;
      const right = heap[below + 1];
      let least = left;
      if (right !== undefined && isBefore(right, left)) {
        below += 1;
        least = right;
      }
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = below;
    }
    heap[at] = last;
    return top;
  };

  return {
    get now() {
      return now;
    },
    get steps() {
      return steps;
    },
    after(delayMs, run) {
      order += 1;
      const due: Due = { at: now + Math.max(0, delayMs), order, run };
      push(due);
      return due;
    },
    drive: (isOver, deadlineMs) =>
      new Promise((resolve) => {
        const step = (): void => {
          if (isOver()) {
            resolve('over');
            return;
          }
          let due = pop();
          while (due !== undefined && due.run === undefined) due = pop();
          if (due === undefined) {
            resolve('quiet');
            return;
          }
          if (due.at > deadlineMs) {
            push(due);
            resolve('late');
            return;
          }
          now = due.at;
          steps += 1;
          try {
            due.run?.();
          } catch (error) {
            onThrow(error);
          }
          next();
        };
        // A tick that a microtask asks for comes when no microtask is left: everything that needs no time has happened.
        const next = (): void => queueMicrotask(() => process.nextTick(step));
        next();
      }),
  };
}
