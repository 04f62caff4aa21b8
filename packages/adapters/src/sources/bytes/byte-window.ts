// Owns the bytes of a file between where they are needed no more and where the next chunk begins. It grows by doubling, so that a
// value in many chunks is not copied for each of them.

export interface ByteWindow {
  /** What is held, until the next call of one of the others. */
  bytes(): Uint8Array;
  append(bytes: Uint8Array): void;
  /** Lets go of the first `count` bytes. */
  drop(count: number): void;
}

export function byteWindow(): ByteWindow {
  let buffer = new Uint8Array(0);
  let start = 0;
  let end = 0;
  return {
    bytes: () => buffer.subarray(start, end),
    append(bytes) {
      const held = end - start;
      if (buffer.length - end < bytes.length) {
        const needed = held + bytes.length;
        const next = needed > buffer.length / 2 ? new Uint8Array(needed * 2) : buffer;
        next.set(buffer.subarray(start, end));
        buffer = next;
        start = 0;
        end = held;
      }
      buffer.set(bytes, end);
      end += bytes.length;
    },
    drop(count) {
      start += count;
    },
  };
}
