// Owns the series of the plots, from looks at a run. Pure.
import type { ProgressMessage } from '../stream/message.js';

export interface Series {
  /** Since the first message, as in the chart of lanes above. */
  readonly seconds: number[];
  /** Rows per second into all outputs since the look before. */
  readonly rows: number[];
  /** Encoded MiB per second since the look before. */
  readonly written: number[];
  /** Memory in MiB. */
  readonly held: number[];
  readonly high: number[];
  readonly low: number[];
  readonly memory: number[];
}

const mebibyte = 1_048_576;

/** @param from milliseconds since 1970 at which the plots begin */
export function seriesOf(progress: readonly ProgressMessage[], from: number): Series {
  const series: Series = { seconds: [], rows: [], written: [], held: [], high: [], low: [], memory: [] };
  let before: { readonly at: number; readonly rows: number; readonly bytes: number } | undefined;
  for (const look of progress) {
    const { at, outputs } = look;
    const rows = outputs.reduce((sum, output) => sum + output.rows, 0);
    const bytes = outputs.reduce((sum, output) => sum + output.bytesWritten, 0);
    const ms = before === undefined ? 0 : at - before.at;
    const rate = (now: number, then: number): number =>
      ms <= 0 ? 0 : Math.max(0, ((now - then) * 1_000) / ms);
    series.seconds.push((at - from) / 1_000);
    series.rows.push(rate(rows, before?.rows ?? rows));
    series.written.push(rate(bytes, before?.bytes ?? bytes) / mebibyte);
    series.held.push(look.bytesHeld / mebibyte);
    series.high.push(look.bytesHighWater / mebibyte);
    series.low.push(look.bytesLowWater / mebibyte);
    series.memory.push(look.memoryBytes / mebibyte);
    before = { at, rows, bytes };
  }
  return series;
}
