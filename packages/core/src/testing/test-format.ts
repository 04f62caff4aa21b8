// Owns what every format must do, as a suite that any test runner can run.
import assert from 'node:assert/strict';
import type { Batch } from '../batch/batch.js';
import type { Schema } from '../batch/schema.js';
import type { ByteSink, Encoder, FormatDefinition } from '../sink/format.js';
import { loadModule } from '../sink/load.js';
import type { ModuleRef } from '../sink/module-ref.js';
import type { TestRunner } from './runner.js';
import { sampleBatch, sampleRows, sampleSchema } from './sample.js';

/** As much as one file of a sink with the default reserve is given. */
const maxBufferedBytes = 8 * 2 ** 20;

/** A format to be tested. */
export interface FormatSubject {
  /** Heading of the suite. */
  readonly name: string;
  /** The module as users name it, with options. */
  readonly format: ModuleRef;
  /** Columns that the format can write. Default: every type. */
  readonly schema?: Schema | undefined;
  /**
   * Reads a file back, by other means than the format's own code, in the forms that `sampleRows` has. Without it the
   * suite compares bytes with those of an undisturbed run.
   */
  readonly read?: ((bytes: Uint8Array, schema: Schema) => Promise<readonly unknown[]>) | undefined;
}

interface Receiver extends ByteSink {
  content(): Uint8Array;
  /** Two writes were under way at once. */
  readonly overlapped: boolean;
}

interface Bench {
  readonly schema: Schema;
  open(out: ByteSink, signal?: AbortSignal): Promise<Encoder>;
  /** Encodes batches of these numbers of rows. */
  encode(sizes: readonly number[], out: Receiver, after?: (batch: Batch<unknown>) => void): Promise<number>;
  /** The content is what rows 0 to `rows` give when nothing goes wrong. */
  holds(content: Uint8Array, sizes: readonly number[]): Promise<void>;
}

/**
 * Declares the suite: `testFormat({ describe, it }, { name: 'csv', format })`. It covers row counts, files without rows,
 * back-pressure, failing destinations, abort and cancel, and several files at once.
 */
export function testFormat({ describe, it }: TestRunner, subject: FormatSubject): void {
  const bench = benchOf(subject);
  const load = (): Promise<FormatDefinition> => loadModule<FormatDefinition>(subject.format, 'format');

  describe(`${subject.name} is a format that`, () => {
    it('names an ending for its files, and accepts the columns', async () => {
      const format = await load();
      assert.match(format.extension(subject.format.options), /^(\.[A-Za-z0-9_-]+)+$/);
      format.check(bench.schema, subject.format.options);
    });

    for (const [what, sizes] of [
      ['no batch', []],
      ['a batch without rows', [0]],
      ['one row', [1]],
      ['several batches', [100, 1, 0, 1_000, 7]],
    ] as const) {
      it(`writes a file of ${what} and counts its rows`, async () => {
        const out = receiver();
        assert.equal(await bench.encode(sizes, out), total(sizes));
        await bench.holds(out.content(), sizes);
      });
    }

    it('counts encoded bytes as they come, and never fewer than it has handed over', async () => {
      const out = receiver();
      const encoder = await bench.open(out);
      for (let at = 0; at < 5; at += 1) {
        await encoder.write(sampleBatch(bench.schema, 500, at * 500));
        assert.ok(encoder.encodedBytes > 0, 'encodedBytes is 0 after rows were written');
        assert.ok(encoder.encodedBytes >= out.bytesWritten, 'encodedBytes is behind what was handed over');
      }
      await encoder.finish();
      assert.ok(out.bytesWritten > 0);
    });

    it('waits for a slow destination before it hands over more, and leaves those bytes alone meanwhile', async () => {
      const sizes = Array.from({ length: 8 }, () => 2_000);
      const out = receiver({ slow: true });
      assert.equal(await bench.encode(sizes, out), total(sizes));
      assert.equal(out.overlapped, false, 'write was called while a write was under way');
      await bench.holds(out.content(), sizes);
    });

    it('reads a batch only until its write has settled', async () => {
      const sizes = [300, 300];
      const out = receiver();
      await bench.encode(sizes, out, overwrite);
      await bench.holds(out.content(), sizes);
    });

    it('never finishes a file of which bytes could not be written', async () => {
      const failure = new Error('no space left');
      const encoder = await bench.open(receiver({ failAfterBytes: 0, failure }));
      await assert.rejects(async () => {
        for (let at = 0; at < 20; at += 1) await encoder.write(sampleBatch(bench.schema, 2_000, at * 2_000));
        await encoder.finish();
      }, 'the encoder reported success although its destination failed');
      await encoder.abort();
    });

    it('can be aborted before, between and after writes, and works again afterwards', async () => {
      for (const batches of [0, 1, 3]) {
        const life = new AbortController();
        const encoder = await bench.open(receiver(), life.signal);
        for (let at = 0; at < batches; at += 1) await encoder.write(sampleBatch(bench.schema, 200, at * 200));
        life.abort();
        await encoder.abort();
      }
      const out = receiver();
      assert.equal(await bench.encode([10], out), 10);
      await bench.holds(out.content(), [10]);
    });

    it('keeps several files apart that are open in one thread', async () => {
      const outs = [receiver(), receiver(), receiver()];
      const encoders: Encoder[] = [];
      for (const out of outs) encoders.push(await bench.open(out));
      for (const first of [0, 50, 100]) {
        for (const encoder of encoders) await encoder.write(sampleBatch(bench.schema, 50, first));
      }
      for (const encoder of encoders.toReversed()) assert.equal((await encoder.finish()).rows, 150);
      for (const out of outs) await bench.holds(out.content(), [50, 50, 50]);
    });
  });
}

function benchOf({ format: ref, schema = sampleSchema, read }: FormatSubject): Bench {
  const open = async (
    out: ByteSink,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<Encoder> => {
    const format = await loadModule<FormatDefinition>(ref, 'format');
    return format.open({ schema, options: ref.options, out, maxBufferedBytes, signal });
  };
  const encode: Bench['encode'] = async (sizes, out, after) => {
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
    schema,
    open,
    encode,
    async holds(content, sizes) {
      if (read !== undefined) {
        assert.deepEqual([...(await read(content, schema))], sampleRows(schema, total(sizes)));
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

function receiver(
  options: { readonly slow?: boolean; readonly failAfterBytes?: number; readonly failure?: Error } = {},
): Receiver {
  const chunks: Uint8Array[] = [];
  let bytesWritten = 0;
  let writing = 0;
  let overlapped = false;
  return {
    get bytesWritten() {
      return bytesWritten;
    },
    get overlapped() {
      return overlapped;
    },
    content: () => new Uint8Array(Buffer.concat(chunks)),
    async write(bytes) {
      if (writing > 0) overlapped = true;
      bytesWritten += bytes.byteLength;
      if (options.failAfterBytes !== undefined && bytesWritten > options.failAfterBytes)
        throw options.failure;
      writing += 1;
      // Late, so that bytes that change too early are seen.
      if (options.slow) await new Promise((resolve) => setImmediate(resolve));
      chunks.push(new Uint8Array(bytes));
      writing -= 1;
    },
  };
}

/** What happens to a batch's memory when it is used again for other rows. */
function overwrite(batch: Batch<unknown>): void {
  for (const { values, validity } of batch.data.columns) {
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength).fill(0x7e);
    validity?.fill(0);
  }
}

function total(sizes: readonly number[]): number {
  return sizes.reduce((sum, rows) => sum + rows, 0);
}
