// Owns the mistakes that a format can make, each as a change to the sound trial format.
import type { Batch } from '../../../batch/batch.js';
import { TailraceError } from '../../../errors/tailrace-error.js';
import type { EncodeContext, Encoder } from '../../../sink/format.js';
import { faithfulCell, openTrial } from './trial-format.js';

type Context = EncodeContext<unknown>;
type Open = (context: Context) => Encoder;

/** An encoder of which some methods are changed. */
function changed(encoder: Encoder, changes: Partial<Encoder>): Encoder {
  return {
    get encodedBytes() {
      return encoder.encodedBytes;
    },
    write: (batch) => encoder.write(batch),
    finish: () => encoder.finish(),
    abort: () => encoder.abort(),
    ...changes,
  };
}

const copyOf = (batch: Batch<unknown>): Batch<unknown> => {
  const rows = [...batch.toRows()];
  return { ...batch, rows: batch.rows, toRows: () => rows };
};

let shared: Encoder | undefined;

/** One encoder for all files of the thread, until it is finished. */
const openShared: Open = (context) => {
  const encoder = shared ?? openTrial(context);
  shared = encoder;
  return changed(encoder, {
    finish() {
      shared = undefined;
      return encoder.finish();
    },
  });
};

export const formatFaults = {
  dropsTheLastBatch: (context) => {
    const encoder = openTrial(context);
    let held: Batch<unknown> | undefined;
    let rows = 0;
    return changed(encoder, {
      async write(batch) {
        rows += batch.rows;
        if (held !== undefined) await encoder.write(held);
        held = copyOf(batch);
      },
      finish: async () => {
        await encoder.finish();
        return { rows };
      },
    });
  },
  swapsBatches: (context) => {
    const encoder = openTrial(context);
    const held: Batch<unknown>[] = [];
    return changed(encoder, {
      write: (batch) => void held.push(copyOf(batch)),
      async finish() {
        for (const batch of held.toReversed()) await encoder.write(batch);
        return encoder.finish();
      },
    });
  },
  claimsRowsItDidNotWrite: (context) => {
    const encoder = openTrial(context);
    return changed(encoder, { finish: async () => ({ rows: (await encoder.finish()).rows + 1 }) });
  },
  countsRowsInsteadOfWriting: (context) => {
    let rows = 0;
    return changed(openTrial(context), {
      write(batch) {
        rows += batch.rows;
      },
      finish: async () => ({ rows }),
    });
  },
  writesNaNAsNull: (context) =>
    openTrial(context, { cell: (value) => (Number.isNaN(value) ? null : faithfulCell(value)) }),
  losesTheSignOfZero: (context) =>
    openTrial(context, { cell: (value) => (value === 0 ? 0 : faithfulCell(value)) }),
  roundsLargeIntegers: (context) =>
    openTrial(context, {
      cell: (value) => faithfulCell(typeof value === 'bigint' ? BigInt(Number(value)) : value),
    }),
  cutsLongText: (context) =>
    openTrial(context, {
      cell: (value) => faithfulCell(typeof value === 'string' ? value.slice(0, 65_535) : value),
    }),
  takesNothingForNull: (context) =>
    openTrial(context, { cell: (value) => faithfulCell(value === '' ? null : value) }),
  refusesWithBareErrors: (context) =>
    openTrial(context, {
      cell(value) {
        if (Number.isNaN(value)) throw new Error('cannot write this');
        return faithfulCell(value);
      },
    }),
  takesEmptyListsForNull: (context) =>
    openTrial(context, {
      cell: (value) => faithfulCell(Array.isArray(value) && value.length === 0 ? null : value),
    }),
  writesMapsAsNothing: (context) =>
    openTrial(context, { cell: (value) => faithfulCell(value instanceof Map ? {} : value) }),
  refusesWhenItIsTooLate: (context) => {
    const bytes = context.schema.fields.find(({ type }) => type.kind === 'fixed_binary');
    if (bytes === undefined) return openTrial(context);
    throw new TailraceError(`The trial format cannot hold bytes: ${bytes.name}. Leave it out.`, {
      code: 'SCHEMA_INVALID',
      operation: 'open file',
    });
  },
  buffersWithoutLimit: (context) => openTrial(context, { gatherBytes: () => Number.POSITIVE_INFINITY }),
  writesWithoutWaiting: (context) => {
    const pending: (void | Promise<void>)[] = [];
    const { out } = context;
    const hasty = {
      get bytesWritten() {
        return out.bytesWritten;
      },
      write: (bytes: Uint8Array) =>
        void pending.push(out.write(bytes.slice(0, 1)), out.write(bytes.slice(1))),
    };
    const encoder = openTrial({ ...context, out: hasty }, { gatherBytes: () => 1 });
    return changed(encoder, {
      async finish() {
        const end = await encoder.finish();
        await Promise.all(pending);
        return end;
      },
    });
  },
  swallowsFailures: (context) => {
    const encoder = openTrial(context);
    let rows = 0;
    return changed(encoder, {
      async write(batch) {
        rows += batch.rows;
        await Promise.resolve(encoder.write(batch)).catch(() => undefined);
      },
      finish: () => encoder.finish().catch(() => ({ rows })),
    });
  },
  readsBatchesTooLate: (context) => {
    const encoder = openTrial(context);
    const held: Batch<unknown>[] = [];
    return changed(encoder, {
      write: (batch) => void held.push(batch),
      async finish() {
        for (const batch of held) await encoder.write(batch);
        return encoder.finish();
      },
    });
  },
  writesAfterAnAbort: (context) => {
    const encoder = openTrial(context);
    return changed(encoder, {
      abort() {
        setImmediate(() => {
          // A failure of the destination is nobody's any more.
          void Promise.resolve(context.out.write(new Uint8Array(1))).catch(() => undefined);
        });
      },
    });
  },
  claimsSuccessWhenCancelled: (context) => {
    const encoder = openTrial(context, { gatherBytes: () => 1 });
    return changed(encoder, {
      async write(batch) {
        await Promise.resolve(encoder.write(batch)).catch(() => undefined);
      },
      finish: async () => ({ rows: 0 }),
    });
  },
  understatesItsBytes: (context) => changed(openTrial(context), { encodedBytes: 0 }),
  sharesStateBetweenFiles: openShared,
} as const satisfies Readonly<Record<string, Open>>;

export type FormatFault = keyof typeof formatFaults;
