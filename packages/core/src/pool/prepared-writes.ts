// Owns which writes of an output are prepared, and what they have made together: whoever looks on asks for that several times a
// second, of any number of writes.
import type { Prepared } from '../sink/sink.js';

export interface PreparedWrites {
  readonly size: number;
  /** Encoded bytes of all. */
  readonly bytes: number;
  /** Files of all. */
  readonly files: number;
  /** A write has been prepared: the one with that index. */
  set(index: number, prepared: Prepared): void;
  values(): Iterable<Prepared>;
  entries(): Iterable<[index: number, prepared: Prepared]>;
}

export function createPreparedWrites(): PreparedWrites {
  const writes = new Map<number, Prepared>();
  let bytes = 0;
  let files = 0;
  return {
    get size() {
      return writes.size;
    },
    get bytes() {
      return bytes;
    },
    get files() {
      return files;
    },
    set(index, prepared) {
      const before = writes.get(index);
      bytes += prepared.bytes - (before?.bytes ?? 0);
      files += prepared.files.length - (before?.files.length ?? 0);
      writes.set(index, prepared);
    },
    values: () => writes.values(),
    entries: () => writes.entries(),
  };
}
