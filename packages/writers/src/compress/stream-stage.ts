// Owns a compressor of node:zlib on the way to a byte sink: streamed, with bounded buffers.
import { once } from 'node:events';
import { type Transform, Writable } from 'node:stream';
import type { ByteSink } from '@tailrace/core/sink';
import type { ByteStage } from './byte-stage.js';

/** Bytes of compressed data that may wait for the sink. */
const queueBytes = 256 * 1024;

/** Compresses in zlib's own threads, so that the next block is encoded meanwhile. The stage owns the compressor. */
export function streamStage(out: ByteSink, compressor: Transform): ByteStage {
  const sink = new Writable({
    highWaterMark: queueBytes,
    write(chunk: Uint8Array, _encoding, done) {
      Promise.resolve(out.write(chunk)).then(() => done(), done);
    },
  });
  let failure: Error | undefined;
  let emitted = 0;
  let waitingBytes = 0;
  const fail = (error: Error): void => {
    failure ??= error;
    compressor.destroy();
    sink.destroy();
  };
  compressor.on('error', fail);
  sink.on('error', fail);
  compressor.on('data', (chunk: Uint8Array) => {
    emitted += chunk.length;
  });
  compressor.pipe(sink);
  const rethrow = (): void => {
    if (failure !== undefined) throw failure;
  };
  const encodedBytes = (): number => emitted + compressor.readableLength;
  return {
    async write(bytes) {
      rethrow();
      const before = encodedBytes();
      await new Promise<void>((resolve, reject) => {
        // A destroyed stream may drop the callback of a write under way, hence `close` as well.
        const closed = (): void =>
          reject(failure ?? new Error('the compressor was closed while it was being written'));
        compressor.once('close', closed);
        compressor.write(bytes, (error) => {
          compressor.off('close', closed);
          if (error) reject(failure ?? error);
          else resolve();
        });
      });
      // Compressors do not say what they hold: all since they last gave something.
      waitingBytes = encodedBytes() > before ? 0 : waitingBytes + bytes.length;
    },
    async finish() {
      rethrow();
      const finished = once(sink, 'finish');
      const closed = once(sink, 'close').then(() => rethrow());
      compressor.end();
      await Promise.race([finished, closed]);
      waitingBytes = 0;
    },
    abort() {
      compressor.destroy();
      sink.destroy();
    },
    get encodedBytes() {
      return encodedBytes();
    },
    get waitingBytes() {
      return waitingBytes;
    },
  };
}
