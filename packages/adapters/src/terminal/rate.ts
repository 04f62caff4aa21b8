// Owns the speed of a run over its last seconds. It reads no clock: the samples carry their time.

export interface Rate {
  /** Takes a sample and returns the rate per second over the window, 0 until time has passed. */
  sample(elapsedMs: number, total: number): number;
}

/** @param windowMs how far back the rate looks, in milliseconds; it keeps one sample per call within it */
export function slidingRate(windowMs = 3000): Rate {
  let samples: { elapsedMs: number; total: number }[] = [];
  return {
    sample(elapsedMs, total) {
      samples.push({ elapsedMs, total });
      samples = samples.filter((sample) => sample.elapsedMs >= elapsedMs - windowMs);
      const first = samples[0];
      if (first === undefined || first.elapsedMs >= elapsedMs)
        return elapsedMs > 0 ? (total / elapsedMs) * 1000 : 0;
      return ((total - first.total) / (elapsedMs - first.elapsedMs)) * 1000;
    },
  };
}
