// Owns what is computed from looks at a run: rows per second of each stage and output. Pure.
import type { ProgressMessage } from '../stream/message.js';

/** Milliseconds that a rate looks back over. */
const windowMs = 2_000;

/**
 * Rows per second by `stage:name` and `output:name`, over the last two seconds or, where looks are
 * rarer, since the look before; 0 where nothing has moved.
 */
export function ratesOf(progress: readonly ProgressMessage[]): ReadonlyMap<string, number> {
  const rates = new Map<string, number>();
  const last = progress.at(-1);
  if (last === undefined) return rates;
  // The last look before the window: where looks are rarer than that, as in a busy process, none lies within it.
  const first = progress.findLast(({ at }) => at <= last.at - windowMs) ?? progress[0] ?? last;
  const ms = last.at - first.at;
  const rate = (now: number, then: number | undefined): number =>
    ms <= 0 || then === undefined ? 0 : Math.max(0, ((now - then) * 1_000) / ms);
  for (const { name, rows } of last.stages) {
    rates.set(`stage:${name}`, rate(rows, first.stages.find((stage) => stage.name === name)?.rows));
  }
  for (const { name, rows } of last.outputs) {
    rates.set(`output:${name}`, rate(rows, first.outputs.find((output) => output.name === name)?.rows));
  }
  return rates;
}
