// Owns one part while it is written: the format's encoder over the store's file, and the proof that nothing was lost.
import type { Batch } from '../../batch/batch.js';
import type { Schema } from '../../batch/schema.js';
import { TailraceError, toTailraceError } from '../../errors/tailrace-error.js';
import { checkedEncoder } from '../check-answer.js';
import type { ByteSink, Encoder, FormatDefinition } from '../format.js';
import type { StagedFile } from '../sink.js';
import type { StagedContext, StoreDefinition, StoreFile } from '../store.js';

/** What is the same for every part of an attempt. */
export interface PartContext {
  readonly format: FormatDefinition;
  readonly formatOptions: unknown;
  readonly store: StoreDefinition;
  readonly staged: StagedContext<unknown, unknown>;
  /** Of the file: without partition columns. */
  readonly schema: Schema;
  /** Share of the attempt's reserve that one encoder may hold. */
  readonly maxBufferedBytes: number;
}

/** Calls come one at a time. */
export interface PartFile {
  /** Rows given to it. */
  readonly rows: number;
  readonly encodedBytes: number;
  /** The batch is not read after the promise has settled. */
  write(batch: Batch<unknown>): Promise<void>;
  /**
   * Resolves when the file is on stable storage.
   * @param onHandedOver called, once at most, when neither its encoder nor its file hold memory of an open part any more
   * @throws ENCODE_MISMATCH when the file does not hold what was given
   */
  finish(onHandedOver?: () => void): Promise<StagedFile>;
  /** Removes the file. Does not throw. */
  abort(): Promise<void>;
}

/** @param path relative to the target, with `/` */
export async function openPartFile(
  context: PartContext,
  path: string,
  partition: StagedFile['partition'],
): Promise<PartFile> {
  const file = await context.store.createFile({ ...context.staged, path });
  const out = byteSink(file);
  /** Undefined once it has finished: the end of the file may take long, and what it holds would stay as long. */
  let encoder: Encoder | undefined;
  try {
    const { format, formatOptions: options, schema, maxBufferedBytes, staged } = context;
    const { signal } = staged;
    const answer: unknown = await format.open({ schema, options, maxBufferedBytes, out: out.sink, signal });
    encoder = checkedEncoder(answer, format.name);
  } catch (error) {
    await file.abort();
    throw encodeError(error, context, path);
  }
  let rows = 0;

  const openEncoder = (): Encoder => {
    // Its rows would be in no file, and nobody would know.
    if (encoder === undefined) throw finishedError(context, path);
    return encoder;
  };
  const finish = async (onHandedOver?: () => void): Promise<StagedFile> => {
    const encoded = await openEncoder().finish();
    encoder = undefined;
    // Also what a format wrote without waiting for it.
    await out.settled();
    if (encoded.rows !== rows)
      throw mismatch(context, path, `${encoded.rows} rows instead of the ${rows} that were sent`);
    const closed = await file.close(onHandedOver);
    const { bytesWritten } = out.sink;
    if (closed.bytes !== bytesWritten) {
      throw mismatch(context, path, `${closed.bytes} bytes instead of the ${bytesWritten} that were encoded`);
    }
    return { path, rows, ...closed, ...(partition === undefined ? {} : { partition }) };
  };

  return {
    get rows() {
      return rows;
    },
    get encodedBytes() {
      return encoder?.encodedBytes ?? out.sink.bytesWritten;
    },
    async write(batch) {
      try {
        await openEncoder().write(batch);
      } catch (error) {
        throw encodeError(error, context, path);
      }
      rows += batch.rows;
    },
    async finish(onHandedOver) {
      try {
        return await finish(onHandedOver);
      } catch (error) {
        throw encodeError(error, context, path);
      }
    },
    async abort() {
      try {
        await encoder?.abort();
      } catch {
        // The attempt has failed already, and its error is the one to report; what counts here is that the file goes.
      }
      await out.settled().catch(() => undefined);
      await file.abort();
    },
  };
}

/** Keeps the first failure of the file, so that a format that does not wait for its writes cannot hide it. */
function byteSink(file: StoreFile): { readonly sink: ByteSink; settled(): Promise<void> } {
  let bytesWritten = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    sink: {
      get bytesWritten() {
        return bytesWritten;
      },
      write(bytes) {
        bytesWritten += bytes.byteLength;
        // In turn, whatever the format does: a store is promised one call at a time.
        last = last.then(() => file.write(bytes));
        // Reported by settled(), and to whoever waits for this promise.
        last.catch(() => undefined);
        return last;
      },
    },
    settled: () => last,
  };
}

function encodeError(error: unknown, context: PartContext, path: string): TailraceError {
  const { format, staged } = context;
  const { output } = staged.target;
  return toTailraceError(error, `The format ${format.name} failed on ${path} of output "${output}"`, {
    code: 'SINK_FAILED',
    operation: 'encode part',
    context: { output, path, format: format.name },
  });
}

function finishedError({ staged }: PartContext, path: string): TailraceError {
  const { output } = staged.target;
  return new TailraceError(
    `The file ${path} of output "${output}" was used after it was finished. Open a new one for more rows; report this.`,
    { code: 'CLOSED', operation: 'encode part', context: { output, path } },
  );
}

function mismatch({ format, staged }: PartContext, path: string, found: string): TailraceError {
  const { output } = staged.target;
  return new TailraceError(
    `The file ${path} of output "${output}" holds ${found}, so it is not published. ` +
      `This is a fault of the format ${format.name} or of the store; report it with the schema of the output.`,
    { code: 'ENCODE_MISMATCH', operation: 'finish part', context: { output, path, format: format.name } },
  );
}
