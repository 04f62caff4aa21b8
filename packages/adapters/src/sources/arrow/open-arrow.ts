// Owns an open Arrow file or stream: its schema and its batches, one after the other. It makes no rows.
import { isTailraceError } from '@tailrace/core';
import { type Schema as ArrowSchema, type RecordBatch, RecordBatchReader } from 'apache-arrow';
import { compressionNamed, type FileCompression } from '../bytes/open-bytes.js';
import { contentError, saidOf } from '../file-error.js';
import { messagesOf } from './messages.js';

export interface OpenArrowOptions {
  readonly compression?: FileCompression | undefined;
  readonly maxBatchBytes?: number | undefined;
  readonly endMark?: 'required' | 'optional' | undefined;
}

export const maxBatchBytesByDefault: number = 2 ** 28;

export interface OpenArrow {
  readonly schema: ArrowSchema;
  /** The next batch; undefined after the last one. */
  next(): Promise<RecordBatch | undefined>;
  close(): Promise<void>;
}

export async function openArrow(
  path: string,
  options: OpenArrowOptions,
  signal: AbortSignal,
): Promise<OpenArrow> {
  const { compression = compressionNamed(path), maxBatchBytes = maxBatchBytesByDefault } = options;
  const isMarkOptional = options.endMark === 'optional';
  signal.throwIfAborted();
  const messages = messagesOf({ path, compression, maxBatchBytes, isMarkOptional, signal });
  const calling = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      // The library leaves open what it reads from.
      await messages.return(undefined);
      signal.throwIfAborted();
      throw unreadable(path, error);
    }
  };
  const reader = await calling(async () => {
    const made = await RecordBatchReader.from(messages);
    await made.open({ autoDestroy: false });
    return made;
  });
  const close = async (): Promise<void> => {
    await reader.cancel();
    await messages.return(undefined);
  };
  // Of a source that ends before its schema the library makes a reader without one.
  const schema = reader.schema as ArrowSchema | undefined;
  if (schema === undefined) {
    await close();
    throw contentError(path, 'is no Arrow file or stream: it does not begin with a schema.');
  }
  return {
    schema,
    next: () =>
      calling(async () => {
        const { done, value } = await reader.next();
        return done === true ? undefined : value;
      }),
    close,
  };
}

export async function* batchesOf(
  path: string,
  options: OpenArrowOptions,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  const file = await openArrow(path, options, signal);
  try {
    for (let batch = await file.next(); batch !== undefined; batch = await file.next()) {
      yield batch;
      signal.throwIfAborted();
    }
  } finally {
    await file.close();
  }
}

function unreadable(path: string, error: unknown): Error {
  if (isTailraceError(error)) return error;
  const said = saidOf(error);
  return contentError(
    path,
    `is damaged: a batch cannot be read (${said}). Write or fetch it again; other files can be read all the same.`,
    {},
    error,
  );
}
