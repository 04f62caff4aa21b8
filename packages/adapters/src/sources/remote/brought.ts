// Owns files of a store that readers need to jump about in: what is wanted of one lies in a sparse scratch file for as long as it is
// read, and what is said of it is said of its URL.
import { isTailraceError, TailraceError } from '@tailrace/core';
import { requestBytes } from './remote-file.js';
import { scratchFile } from './scratch-file.js';

export interface FileRange {
  readonly start: number;
  readonly bytes: number;
}

/** Puts a range of the file into its scratch file. */
export type Fetch = (start: number, bytes: number) => Promise<void>;

/** Which ranges are wanted besides those that it fetches itself to find that out. Default: all. */
export type RangesOf = (path: string, size: number, fetch: Fetch) => Promise<readonly FileRange[]>;

/** A file that is not on this machine. */
export interface FarFile {
  /** As people call it. */
  readonly path: string;
  readonly bytes: number;
  read(start: number, bytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** Brings what is wanted of a file to this machine, until it is let go. */
export async function bringFile(
  far: FarFile,
  rangesOf: RangesOf | undefined,
  signal: AbortSignal,
): Promise<{ readonly path: string; release(): Promise<void> }> {
  const file = await scratchFile(far.path, far.bytes);
  try {
    const fetch: Fetch = async (start, bytes) => {
      for (let at = start; at < start + bytes; at += requestBytes) {
        signal.throwIfAborted();
        const wanted = Math.min(requestBytes, start + bytes - at);
        await file.write(at, await far.read(at, wanted, signal));
      }
    };
    const ranges = (await rangesOf?.(file.path, far.bytes, fetch)) ?? [{ start: 0, bytes: far.bytes }];
    for (const { start, bytes } of ranges) await fetch(start, bytes);
    return file;
  } catch (error) {
    await file.release();
    throw namedAs(far.path, file.path, error);
  }
}

/** Reads a file while what is wanted of it is here. */
export async function* whileHere<T>(
  far: FarFile,
  rangesOf: RangesOf | undefined,
  signal: AbortSignal,
  read: (path: string) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const here = await bringFile(far, rangesOf, signal);
  try {
    yield* read(here.path);
  } catch (error) {
    throw namedAs(far.path, here.path, error);
  } finally {
    await here.release();
  }
}

/** Readers speak of the file that they have opened, which nobody has heard of. */
export function namedAs(name: string, scratch: string, error: unknown): unknown {
  if (!isTailraceError(error) || !error.message.includes(scratch)) return error;
  const { message, code, status, operation, context, cause } = error;
  // Callers catch by class. All of the family are made alike; what another copy of it has made is none of its classes.
  const Same = error instanceof TailraceError ? (error.constructor as typeof TailraceError) : TailraceError;
  return new Same(
    message.replaceAll(scratch, () => name),
    {
      code,
      status,
      operation,
      context: { ...context, ...(context.path === scratch && { path: name }) },
      cause,
    },
  );
}
