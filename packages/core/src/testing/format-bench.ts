// Owns the steps of one file as the file sink takes them, for the conformance suite of formats.
import assert from 'node:assert/strict';
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { ByteSink, Encoder, FormatDefinition } from '../sink/format.js';
import { loadModule } from '../sink/load.js';
import type { ModuleRef } from '../sink/module-ref.js';
import { sameInOrder } from './assertions.js';
import { type Receiver, receiver } from './byte-receiver.js';
import { sampleBatch, sampleRows } from './sample.js';

/** As much as one file of a sink with the default reserve is given. */
const usualBytes = 8 * 2 ** 20;

/** Gives back the rows of a file, with the columns of the schema, in the forms that `sampleRows` has. */
export type ReadFile = (bytes: Uint8Array, schema: Schema) => Promise<readonly unknown[]>;

interface OpenOptions {
  readonly schema?: Schema;
  readonly signal?: AbortSignal;
  readonly maxBufferedBytes?: number;
}

export interface FormatBench {
  readonly format: ModuleRef;
  readonly schema: Schema;
  readonly read: ReadFile | undefined;
  definition(): Promise<FormatDefinition>;
  open(out: ByteSink, options?: OpenOptions): Promise<Encoder>;
  /** Encodes batches of these numbers of rows. */
  encode(sizes: readonly number[], out: Receiver, after?: (batch: Batch<unknown>) => void): Promise<number>;
  /** The content is what rows 0 to `rows` give when nothing goes wrong. */
  holds(content: Uint8Array, sizes: readonly number[]): Promise<void>;
}

export function formatBench(format: ModuleRef, schema: Schema, read: ReadFile | undefined): FormatBench {
  const definition = (): Promise<FormatDefinition> => loadModule<FormatDefinition>(format, 'format');
  const open: FormatBench['open'] = async (out, options = {}) =>
    (await definition()).open({
      schema: options.schema ?? schema,
      options: format.options,
      out,
      maxBufferedBytes: options.maxBufferedBytes ?? usualBytes,
      signal: options.signal ?? new AbortController().signal,
    });
  const encode: FormatBench['encode'] = async (sizes, out, after) => {
    const encoder = await open(out);
    let first = 0;
    for (const rows of sizes) {
      const batch = sampleBatch(schema, rows, first);
      await encoder.write(batch);
      after?.(batch);
      first += rows;
    }
    return (await encoder.finish()).rows;
  };
  return {
    format,
    schema,
    read,
    definition,
    open,
    encode,
    async holds(content, sizes) {
      if (read !== undefined) {
        sameInOrder(
          [...(await read(content, schema))],
          sampleRows(schema, total(sizes)),
          'rows were altered',
        );
        return;
      }
      const undisturbed = receiver();
      await encode(sizes, undisturbed);
      assert.ok(
        Buffer.from(content).equals(undisturbed.content()),
        'the file differs from one written undisturbed',
      );
    },
  };
}

/** What happens to a batch's memory when it is used again for other rows. */
export function overwrite(batch: Batch<unknown>): void {
  for (const { values, validity } of batch.data.columns) {
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).fill(0x7e);
    validity?.fill(0);
  }
}

export function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, rows) => sum + rows, 0);
}
