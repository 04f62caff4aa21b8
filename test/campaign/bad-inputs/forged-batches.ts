// Owns batches as users forge them: copies of real ones, and real ones whose columns were changed in their hands.
import {
  type Batch,
  type BatchData,
  defineSchema,
  dictionary,
  int32,
  nullable,
  toBatches,
  utf8,
} from '@tailrace/core';
import fc from 'fast-check';
import { from, lastValueFrom, map, toArray } from 'rxjs';
import type { Scene } from './scene.js';
import { judgeRun, type Target } from './target.js';
import type { Trial } from './trial.js';

const schema = defineSchema({
  n: int32(),
  text: nullable(utf8()),
  word: dictionary(),
});

type Loose = Record<string, unknown>;
/** Changes a batch, or makes another of it; false when there is nothing to change. */
interface Forgery {
  readonly shown: string;
  forge(batch: Batch<unknown>, dice: number): Batch<unknown>;
  /** Its rows are as they were. */
  readonly isHarmless?: boolean;
}

/** What the mark of a batch is to who looks at one. */
const marks = (batch: object): object =>
  Object.fromEntries(
    Object.getOwnPropertySymbols(batch).map((symbol) => [symbol, Reflect.get(batch, symbol)]),
  );

/** A copy with the marks of a real one, whose data was changed. */
const copied =
  (change: (data: Loose, columns: Loose[], dice: number) => void) =>
  (batch: Batch<unknown>, dice: number): Batch<unknown> => {
    const columns = batch.data.columns.map((column): Loose => ({ ...column }));
    const data: Loose = { ...batch.data, columns };
    change(data, columns, dice);
    const forged = {
      ...marks(batch),
      schema: batch.schema,
      rows: data.rows,
      bytes: data.bytes,
      data,
      toRows: () => batch.toRows(),
      retain: () => forged,
      release: () => undefined,
    };
    // Whoever looks for the data by its symbol finds the forged one, too.
    for (const symbol of Object.getOwnPropertySymbols(batch))
      if (String(symbol).includes('batch.data')) Reflect.set(forged, symbol, data);
    return forged as unknown as Batch<unknown>;
  };

/** The batch itself, after something has written into its columns. */
const inPlace =
  (change: (data: BatchData, dice: number) => void) =>
  (batch: Batch<unknown>, dice: number): Batch<unknown> => {
    change(batch.data, dice);
    return batch;
  };

const odd = [-1, 0.5, Number.NaN, 2 ** 31, 2 ** 53, Number.POSITIVE_INFINITY, '3', null, undefined];
const pickOdd = (dice: number): unknown => odd[Math.floor(dice * odd.length)];
const at = (array: ArrayLike<unknown>, dice: number): number => Math.floor(dice * array.length);
const put = (array: Int32Array | Uint8Array | null | undefined, dice: number, value: number): void => {
  if (array != null && array.length > 0) array[at(array, dice)] = value;
};

const forgeries: readonly Forgery[] = [
  { shown: 'a copy', forge: copied(() => undefined) },
  {
    shown: 'rows of another number',
    forge: copied((data, _, dice) => void Object.assign(data, { rows: pickOdd(dice) })),
  },
  {
    shown: 'bytes of another number',
    forge: copied((data, _, dice) => void Object.assign(data, { bytes: pickOdd(dice) })),
  },
  {
    shown: 'a column less',
    forge: copied((data, columns) => void Object.assign(data, { columns: columns.slice(1) })),
  },
  { shown: 'a column of another type', forge: copied((_, columns) => void columns.reverse()) },
  {
    shown: 'values cut',
    forge: copied((_, [first]) => void Object.assign(first ?? {}, { values: new Int32Array(1) })),
  },
  {
    shown: 'no values',
    forge: copied((_, columns, dice) => void columns.splice(at(columns, dice), 1, { nullCount: 0 })),
  },
  {
    shown: 'buffers that are not shared',
    forge: copied(
      (_, [first], dice) =>
        void Object.assign(first ?? {}, { values: new Int32Array(Math.floor(dice * 50)) }),
    ),
  },
  { shown: 'no data', forge: copied((data) => void delete data.columns) },
  {
    shown: 'offsets that decrease',
    forge: inPlace(({ columns }, dice) => put(columns[1]?.offsets, dice, -3)),
  },
  {
    shown: 'offsets that point outside',
    forge: inPlace(({ columns }, dice) => put(columns[1]?.offsets, dice, 2 ** 30)),
  },
  {
    shown: 'codes out of range',
    forge: inPlace(({ columns }, dice) => put(codesOf(columns[2]?.values), dice, dice < 0.5 ? -1 : 999)),
  },
  {
    shown: 'bytes that are no text',
    forge: inPlace(({ columns }, dice) => put(bytesOf(columns[1]?.values), dice, 0xff)),
  },
  {
    shown: 'nulls that are counted otherwise',
    forge: inPlace(({ columns }, dice) => put(columns[1]?.validity, dice, 0)),
  },
  { shown: 'a batch in which nothing was changed', forge: inPlace(() => undefined), isHarmless: true },
];

const codesOf = (values: unknown): Int32Array | undefined =>
  values instanceof Int32Array ? values : undefined;
const bytesOf = (values: unknown): Uint8Array | undefined =>
  values instanceof Uint8Array ? values : undefined;

const anyTarget: fc.Arbitrary<Target> = fc.record({
  format: fc.constantFrom('ndjson', 'parquet'),
  isDirectory: fc.boolean(),
  isReplacing: fc.boolean(),
  way: fc.constantFrom('run', 'feed', 'submit'),
});

export const forgedBatches: fc.Arbitrary<Trial> = fc
  .record({
    forgery: fc.constantFrom(...forgeries),
    dice: fc.double({ min: 0, max: 0.999, noNaN: true }),
    count: fc.integer({ min: 1, max: 40 }),
    target: anyTarget,
  })
  .map(({ forgery, dice, count, target }) => ({
    boundary: 'forged batches',
    shown: `${forgery.shown} (${dice.toFixed(3)}, ${count} rows) to ${JSON.stringify(target)}`,
    isRun: true,
    judge: (scene) => judgeForged(scene, forgery, dice, count, target),
  }));

async function judgeForged(
  scene: Scene,
  forgery: Forgery,
  dice: number,
  count: number,
  target: Target,
): Promise<boolean> {
  const rows = Array.from({ length: count }, (_, n) => ({
    n,
    text: n % 5 === 4 ? null : `né ${n}`,
    word: `w${n % 3}`,
  }));
  const batches = await lastValueFrom(
    from(rows).pipe(
      toBatches({ schema, memory: scene.memory, name: 'honest', batchRows: 16 }),
      map((batch) => batch.retain()),
      toArray(),
    ),
  );
  try {
    const chosen = Math.floor(dice * batches.length);
    const items = batches.map((batch, index) => (index === chosen ? forgery.forge(batch, dice) : batch));
    const mustFit = forgery.isHarmless === true;
    const job = { target, items, rows: rowsOf(batches), schema, columns: schema, mustFit, names: ['batch'] };
    return await judgeRun(scene, job);
  } finally {
    for (const batch of batches) batch.release();
  }
}

/** What the batches say that they hold, as far as they can be read. */
function rowsOf(batches: readonly Batch<unknown>[]): readonly unknown[] {
  try {
    return batches.flatMap((batch) => [...batch.toRows()]);
  } catch {
    return [];
  }
}
