// Owns one file of a store while it is read: opened once, then read in requests of bounded size, always as the file that it was.
import { PlanError, type StoreOfScheme } from '@tailrace/core';
import type { StoreFiles } from '@tailrace/core/sink';
import { contentError } from '../file-error.js';
import { asSource, schemeOf, storeFor } from './stores.js';

/** Where the stores of a reader come from, and what it is called in messages. */
export interface FromStores {
  readonly stores?: readonly StoreOfScheme[] | undefined;
  readonly what?: string | undefined;
}

export interface RemoteFile {
  /** Its URL. */
  readonly path: string;
  readonly bytes: number;
  /** Another one for every other content. */
  readonly tag: string;
  read(start: number, bytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Bytes of one request. Two are held: one that is used, and one that is on its way. */
export const requestBytes: number = 8 * 2 ** 20;
/** Bytes of the first one of a file that is read as it comes. */
const firstBytes = 2 ** 20;
/** What is given on at once, as from local files. */
const pieceBytes = 256 * 1_024;

/** The files of the store that a URL is of. Throws a PlanError when there is none, or it cannot be read from. */
export async function filesOf(
  path: string,
  { stores, what }: FromStores,
): Promise<{ readonly files: StoreFiles<unknown>; readonly options: unknown }> {
  const { store, options } = await storeFor(path, stores, what);
  if (store.files !== undefined) return { files: store.files, options };
  throw new PlanError(`'${path}' cannot be read from the store ${store.name}: it has no \`files\`.`, {
    operation: 'open source',
    context: { path },
  });
}

/**
 * The file at a URL of a store; undefined for local paths.
 * @throws SOURCE_FAILED when there is none
 */
export async function openRemote(
  path: string,
  from: FromStores,
  signal: AbortSignal,
): Promise<RemoteFile | undefined> {
  if (schemeOf(path) === undefined) return undefined;
  const file = await remoteFileAt(path, from, signal);
  if (file !== undefined) return file;
  throw contentError(path, 'is not there. Check the path; of a dataset give the files, or use openDataset.');
}

/** The same, or undefined when there is none. */
export async function remoteFileAt(
  path: string,
  from: FromStores,
  signal: AbortSignal,
): Promise<RemoteFile | undefined> {
  const { files, options } = await filesOf(path, from);
  const file = await asSource(path, () => files.open({ options, path, signal }));
  return (
    file && {
      path,
      bytes: file.bytes,
      tag: file.tag,
      read: (start, bytes, life) => asSource(path, () => file.read({ start, bytes }, life)),
    }
  );
}

/**
 * The bytes of a file from `start` on, in pieces. The next request is made while the pieces of one are used, each twice as large as
 * the one before, up to `requestBytes`: who looks at the first rows does not wait for more. Who leaves early ends what is on its way.
 */
export async function* bytesOf(file: RemoteFile, signal: AbortSignal, start = 0): AsyncGenerator<Uint8Array> {
  const left = new AbortController();
  const life = AbortSignal.any([signal, left.signal]);
  let asked = start;
  let size = firstBytes;
  const ask = (): Promise<Uint8Array> | undefined => {
    const wanted = Math.min(size, file.bytes - asked);
    if (wanted <= 0) return undefined;
    const answer = file.read(asked, wanted, life);
    asked += wanted;
    size = Math.min(size * 2, requestBytes);
    // It may fail while nobody waits for it yet, or when nobody does any more.
    answer.catch(() => undefined);
    return answer;
  };
  try {
    for (let next = ask(); next !== undefined; ) {
      signal.throwIfAborted();
      const bytes = await next;
      next = ask();
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        yield bytes.subarray(from, from + pieceBytes);
        signal.throwIfAborted();
      }
    }
  } finally {
    left.abort();
  }
}
