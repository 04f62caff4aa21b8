// Owns a format of one JSON line per row, with faults to inject: the double for unit tests of the file sink.
import { defineFormat, type Encoder, type FormatDefinition } from '../format.js';

export interface LinesOptions {
  /** Rows that `finish` hides. */
  readonly hiddenRows?: number;
  /** Thrown by the encoder's `write` from this row on. */
  readonly failAtRow?: number;
  readonly failOpen?: boolean;
  /** Thrown by `abort`. */
  readonly failAbort?: boolean;
  /** Does not wait for the bytes it hands over. */
  readonly careless?: boolean;
  readonly extension?: string;
}

export const linesFormat: FormatDefinition<LinesOptions> = defineFormat<LinesOptions>({
  name: 'lines',
  extension: ({ extension = '.jsonl' }) => extension,
  check: () => undefined,
  open({ options, out }): Encoder {
    if (options.failOpen) throw new Error('no encoder today');
    let rows = 0;
    return {
      get encodedBytes() {
        return out.bytesWritten;
      },
      write(batch) {
        const lines: string[] = [];
        for (const row of batch.toRows()) {
          if (rows === options.failAtRow) throw new Error('this row breaks the encoder');
          lines.push(
            `${JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`,
          );
          rows += 1;
        }
        const writing = out.write(Buffer.from(lines.join('')));
        if (!options.careless) return writing;
        void writing;
      },
      async finish() {
        return { rows: rows - (options.hiddenRows ?? 0) };
      },
      abort() {
        if (options.failAbort) throw new Error('abort fails as well');
      },
    };
  },
});
