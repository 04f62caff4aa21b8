// Owns what bytes go through on the way to a byte sink, and the stage that changes nothing.
import type { ByteSink } from '@tailrace/core/sink';

/** Where text goes: straight to the file or through a compressor. It never ends or discards the sink itself. */
export interface ByteStage {
  /** Takes bytes, which must not change until the promise settles; calls come one at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes the trailer, if there is one, and waits until the sink has everything. */
  finish(): Promise<void>;
  /** Frees resources. */
  abort(): void;
  /** Encoded bytes that came from what was written so far; the same on every run once a `write` has settled. */
  readonly encodedBytes: number;
  /** Bytes taken of which nothing is in `encodedBytes` yet, as far as can be known; the same on every run likewise. */
  readonly waitingBytes: number;
}

/** Encoded bytes of `takenBytes`: what waits is counted by the ratio so far, which is 1 at first. */
export function estimatedBytes({ encodedBytes, waitingBytes }: ByteStage, takenBytes: number): number {
  const done = takenBytes - waitingBytes;
  return Math.round(encodedBytes + waitingBytes * (done > 0 ? encodedBytes / done : 1));
}

/** Hands bytes through unchanged. */
export function plainStage(out: ByteSink): ByteStage {
  let encodedBytes = 0;
  return {
    async write(bytes) {
      encodedBytes += bytes.length;
      await out.write(bytes);
    },
    finish: async () => {},
    abort: () => {},
    get encodedBytes() {
      return encodedBytes;
    },
    waitingBytes: 0,
  };
}
