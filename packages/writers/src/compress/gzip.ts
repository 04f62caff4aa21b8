// Owns gzip on the way to a byte sink: streamed, with bounded buffers. It never ends or discards the sink itself.
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { ByteSink } from '@tailrace/core/sink';

/** Where text goes: straight to the file or through a compressor. */
export interface ByteStage {
  /** Takes bytes, which must not change until the promise settles; calls come one at a time. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes the trailer, if there is one, and waits until the sink has everything. */
  finish(): Promise<void>;
  /** Frees resources. */
  abort(): void;
  /** Encoded bytes that came from what was written so far; the same on every run once a `write` has settled. */
  readonly encodedBytes: number;
}

/** Bytes of compressed data that may wait for the sink. */
const queueBytes = 256 * 1024;

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
  };
}

export interface GzipSettings {
  /** 1 (fast) to 9 (small). */
  readonly level: number;
  /**
   * Whether short repetitions are worth finding. In text with long keys they are not: their codes cost more than they save,
   * and leaving them out makes files smaller and sooner done (zlib's Z_FILTERED).
   */
  readonly shortMatches: boolean;
}

/** Compresses in zlib's own threads, so that the next block is encoded meanwhile. */
export function gzipStage(out: ByteSink, { level, shortMatches }: GzipSettings): ByteStage {
  const gzip = createGzip({
    level,
    strategy: shortMatches ? constants.Z_DEFAULT_STRATEGY : constants.Z_FILTERED,
    // Twice the default's hash table and codes per block: 128 KiB more, and up to 5 % faster.
    memLevel: 9,
    chunkSize: 64 * 1024,
  });
  const sink = new Writable({
    highWaterMark: queueBytes,
    write(chunk: Uint8Array, _encoding, done) {
      Promise.resolve(out.write(chunk)).then(() => done(), done);
    },
  });
  let failure: Error | undefined;
  let emitted = 0;
  const fail = (error: Error): void => {
    failure ??= error;
    gzip.destroy();
    sink.destroy();
  };
  gzip.on('error', fail);
  sink.on('error', fail);
  gzip.on('data', (chunk: Uint8Array) => {
    emitted += chunk.length;
  });
  gzip.pipe(sink);
  const rethrow = (): void => {
    if (failure !== undefined) throw failure;
  };
  return {
    async write(bytes) {
      rethrow();
      await new Promise<void>((resolve, reject) => {
        // A destroyed stream may drop the callback of a write under way, hence `close` as well.
        const closed = (): void => reject(failure ?? new Error('gzip was closed while it was being written'));
        gzip.once('close', closed);
        gzip.write(bytes, (error) => {
          gzip.off('close', closed);
          if (error) reject(failure ?? error);
          else resolve();
        });
      });
    },
    async finish() {
      rethrow();
      const finished = once(sink, 'finish');
      const closed = once(sink, 'close').then(() => rethrow());
      gzip.end();
      await Promise.race([finished, closed]);
    },
    abort() {
      gzip.destroy();
      sink.destroy();
    },
    get encodedBytes() {
      return emitted + gzip.readableLength;
    },
  };
}
