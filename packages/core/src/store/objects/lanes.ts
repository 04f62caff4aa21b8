// Owns how many parts one thread sends at once, over all files that are open in it: what is in flight is in memory.

export interface Lanes {
  /** Resolves when there is room for one more, in the order of the calls, with what gives it back. */
  take(): Promise<() => void>;
}

export function createLanes(count: number): Lanes {
  let free = count;
  const waiting: (() => void)[] = [];
  const giveBack = (): void => {
    const next = waiting.shift();
    // To the one that waits longest; nobody who comes in between can have it.
    if (next === undefined) free += 1;
    else next();
  };
  return {
    async take() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      let isOut = true;
      return () => {
        if (isOut) giveBack();
        isOut = false;
      };
    },
  };
}
