// Owns the contract of a format: batches in, bytes out, in a worker thread.
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';

/** Where encoded bytes go. Views may lie on shared memory and must not change until the returned promise settles. */
export interface ByteSink {
  /** Takes bytes in order; wait for the promise, when there is one, before the next call. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Bytes taken so far. */
  readonly bytesWritten: number;
}

/** What `open` of a format is given: one file to be written. */
export interface EncodeContext<Options> {
  /** The columns of the file; those of partitions are not among them. */
  readonly schema: Schema;
  /** As they were declared, cloned into this thread. */
  readonly options: Options;
  /** Where the file's bytes go, in order. */
  readonly out: ByteSink;
  /**
   * Bytes that this encoder may hold back before it hands them to `out`: its share of what the sink has reserved in the
   * budget for all files that may be open at once. A format that gathers rows (row groups, blocks, dictionaries) ends
   * the group at the latest here, whatever its own options say; one batch may go beyond it, which is never split for it.
   */
  readonly maxBufferedBytes: number;
  /** Aborted when the attempt is cancelled: give up what takes time. */
  readonly signal: AbortSignal;
}

/** One open file. Calls come one at a time, each after the one before has settled. */
export interface Encoder {
  /** Encodes a batch, which is valid until the returned promise settles. */
  write(batch: Batch<unknown>): void | Promise<void>;
  /** Writes what is left and the trailer. Resolves with the rows that the file really holds, as counted independently. */
  finish(): Promise<{ readonly rows: number }>;
  /** Frees resources after a failure; `out` is discarded by the caller. */
  abort(): void | Promise<void>;
  /** Encoded bytes so far, those not yet handed to `out` included: what part rolling goes by. */
  readonly encodedBytes: number;
}

/** Names of options that change how files are read, and what they were. */
export type Dialect = Readonly<Record<string, string | boolean>>;

/** A format, as the default export of a worker module. */
export interface FormatDefinition<Options = unknown> {
  /** Short name: `parquet`. It stands in the manifest. */
  readonly name: string;
  /**
   * The name in the manifest, where it depends on the columns: `parquet (parquet-wasm)`. What stands before the first bracket
   * is that of `name`, and two formats that agree in it may be appended to one another. Default: `name`.
   */
  nameFor?(schema: Schema, options: Options): string;
  /**
   * What readers have to know of the options because the files do not tell it: delimiter, text of null. It stands in the
   * manifest, and parts that differ in it are not appended to one another. Default: nothing.
   */
  dialect?(options: Options): Dialect;
  /** File name ending with its dot for these options: `.csv.gz`. */
  extension(options: Options): string;
  /**
   * Refuses a schema or options it cannot write faithfully, before anything is written: throws
   * SCHEMA_INVALID or PLAN_INVALID.
   */
  check(schema: Schema, options: Options): void;
  /** Begins a file, in a worker thread. What it throws fails the attempt. */
  open(context: EncodeContext<Options>): Encoder | Promise<Encoder>;
}

/** Types a format definition; the identity at run time. */
export function defineFormat<Options>(definition: FormatDefinition<Options>): FormatDefinition<Options> {
  return definition;
}
