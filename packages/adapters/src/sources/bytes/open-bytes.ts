// Owns the way from a file to its bytes, decompressed as they come. It knows no formats.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { addAbortSignal, pipeline, Readable } from 'node:stream';
import { type BrotliDecompress, createBrotliDecompress, createGunzip, type Gunzip } from 'node:zlib';
import { PlanError, shownOption } from '@tailrace/core';
import { bytesOf, type RemoteFile } from '../remote/remote-file.js';
import { turnsOf } from './turns.js';
import { unzstd } from './unzstd.js';

const chunkBytes = 256 * 1_024;

/** How a file is compressed as a whole. */
export type FileCompression = 'none' | 'gzip' | 'brotli' | 'zstd';

const endings: readonly (readonly [string, FileCompression])[] = [
  ['.gz', 'gzip'],
  ['.br', 'brotli'],
  ['.zst', 'zstd'],
];

/** What the name of a file tells. */
export function compressionNamed(path: string): FileCompression {
  const name = path.toLowerCase();
  return endings.find(([ending]) => name.endsWith(ending))?.[1] ?? 'none';
}

/** The name without the ending of its compression. */
export function withoutCompression(path: string): string {
  const name = path.toLowerCase();
  const ending = endings.find(([one]) => name.endsWith(one))?.[0] ?? '';
  return path.slice(0, path.length - ending.length);
}

/** Throws a PlanError for a compression that is none. */
export function checkCompression(source: string, compression: unknown): void {
  if (compression === undefined || compression === 'none') return;
  if (endings.some(([, one]) => one === compression)) return;
  throw new PlanError(
    `compression of ${source} is 'none', 'gzip', 'brotli' or 'zstd', not ${shownOption(compression)}.`,
    { operation: 'declare source' },
  );
}

/**
 * The file is closed when the iteration ends in any way, and when the signal is aborted. Throws what opening and decompressing throw.
 * @param remote the file, where it is one of a store
 */
export async function openBytes(
  path: string,
  compression: FileCompression,
  signal: AbortSignal,
  remote?: RemoteFile,
): Promise<AsyncIterable<Uint8Array>> {
  const { size, bytes, from } =
    remote === undefined ? await openLocal(path, signal) : farBytes(remote, signal);
  switch (compression) {
    case 'none':
      return bytes;
    case 'zstd':
      return unzstd(bytes, { nextTurn: turnsOf(signal) });
    case 'gzip':
    case 'brotli': {
      const plain =
        compression === 'gzip'
          ? createGunzip({ chunkSize: chunkBytes })
          : createBrotliDecompress({ chunkSize: chunkBytes });
      const file = bytes instanceof Readable ? bytes : Readable.from(bytes, { objectMode: false });
      // pipeline destroys both when either fails or is destroyed; an error reaches the reader through `plain`. The signal of the file
      // ends nothing once the file is read.
      pipeline(listened(file), addAbortSignal(signal, listened(plain)), () => undefined);
      return toTheEnd({ compression, size, from }, plain);
    }
  }
}

interface FileBytes {
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Bytes of the file once more, from `start` on. */
  from(start: number): AsyncIterable<Uint8Array>;
}

async function openLocal(path: string, signal: AbortSignal): Promise<FileBytes> {
  const handle = await open(path, 'r');
  let size: number;
  try {
    signal.throwIfAborted();
    ({ size } = await handle.stat());
    signal.throwIfAborted();
  } catch (error) {
    await handle.close();
    throw error;
  }
  // Nothing is awaited from here on: a stream that fails before anyone listens ends the process.
  const bytes = listened(handle.createReadStream({ highWaterMark: chunkBytes, signal }));
  // Without an encoding a stream of a file gives buffers.
  return {
    size,
    bytes,
    from: (start) => createReadStream(path, { start, highWaterMark: chunkBytes, signal }),
  };
}

function farBytes(remote: RemoteFile, signal: AbortSignal): FileBytes {
  return {
    size: remote.bytes,
    bytes: bytesOf(remote, signal),
    from: (start) => bytesOf(remote, signal, start),
  };
}

/** Its error is kept for the iteration, which may begin after it. */
function listened<S extends Readable>(stream: S): S {
  return stream.on('error', () => undefined);
}

interface Packed extends Pick<FileBytes, 'size' | 'from'> {
  readonly compression: 'gzip' | 'brotli';
}

/**
 * Brotli ends where its first stream does, gzip at a zero behind one; both pass over what follows without a word. Zeros behind gzip are
 * what tapes and block devices leave, and are taken for nothing.
 */
async function* toTheEnd(packed: Packed, plain: BrotliDecompress | Gunzip): AsyncGenerator<Uint8Array> {
  yield* plain;
  const end = plain.bytesWritten;
  const rest = packed.size - end;
  if (rest <= 0 || (packed.compression === 'gzip' && (await isZeroFrom(end, packed)))) return;
  const name = packed.compression === 'gzip' ? 'gzip' : 'Brotli';
  throw new Error(`${rest} bytes follow the end of its ${name} data, at byte ${end}`);
}

async function isZeroFrom(start: number, { from }: Packed): Promise<boolean> {
  for await (const bytes of from(start)) if (bytes.some((byte) => byte !== 0)) return false;
  return true;
}
