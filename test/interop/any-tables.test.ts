// Random tables of every type in every format, before two readers each (docs/guides/types.md says which of
// them share code with a writer).
// TAILRACE_TABLES tells how many of each; TAILRACE_FUZZ_SEED which.
import type { DataType, Schema, Sink } from '@tailrace/core/sink';
import { isTailraceError } from '@tailrace/core/sink';
import { arrow } from '@tailrace/writers/arrow';
import { csv } from '@tailrace/writers/csv';
import { msgpack } from '@tailrace/writers/msgpack';
import { ndjson } from '@tailrace/writers/ndjson';
import { type ParquetOptions, parquet } from '@tailrace/writers/parquet';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyTables, flatTypes, rowsOf, runsOf, type TableRecipe } from '../support/any-tables.js';
import {
  type AnyReader,
  csvParse,
  duckCsv,
  duckJson,
  duckParquet,
  hyparquet,
  jsonParse,
  readBy,
  valuesOf,
} from './support/any-readers.js';
import {
  apacheArrow,
  arrowRs,
  arrowRsParquet,
  flechette,
  flechetteOfStreams,
  polarsFile,
  polarsStream,
} from './support/arrow-readers.js';
import { written } from './support/canon.js';
import { encodeRows } from './support/encode.js';
import { msgpackLiteReader, msgpackReader, msgpackrReader } from './support/msgpack-readers.js';
import { type OuterCompression, unpacked } from './support/outer-compression.js';
import { liteRefuses, type MustRefuse, polarsRefuses } from './support/refusals.js';

const seed = Number(process.env.TAILRACE_FUZZ_SEED ?? 20_261_126);
const numRuns = Number(process.env.TAILRACE_TABLES ?? 150);

interface Subject {
  readonly name: string;
  readonly tables: fc.Arbitrary<TableRecipe>;
  /** @param choice any number, to choose options by */
  readonly sink: (choice: number) => Sink<object>;
  readonly readers: (choice: number) => readonly AnyReader[];
  /** How the file is compressed as a whole. Default: not at all. */
  readonly outer?: (choice: number) => OuterCompression;
  /** The unit that seconds are stored in. */
  readonly seconds: 's' | 'ms';
  /** Tables that must be refused, and no others may be. Default: none. */
  readonly refuses?: MustRefuse;
}

const flatTables = anyTables(
  fc.oneof(
    { arbitrary: flatTypes, weight: 8 },
    { arbitrary: fc.constantFrom<DataType>({ kind: 'dictionary' }, { kind: 'null' }), weight: 1 },
  ),
);
const codecs = ['none', 'snappy', 'gzip', 'brotli', 'zstd'] as const;
const pick = <T>(list: readonly T[], choice: number): T => list[choice % list.length] as T; // in range

/** By bits that choose nothing else. */
const outer = (choice: number): OuterCompression => pick(['none', 'gzip', 'zstd', 'brotli'], choice >> 4);

/** Of streams alone, and not where their buffers are compressed. */
const outerOfArrow = (choice: number): OuterCompression => ((choice & 5) === 0 ? outer(choice) : 'none');

/** In place of arrow-rs, which is built without zstd. It refuses dictionaries that grow in a file. */
const polarsOfZstd = (choice: number): readonly AnyReader[] =>
  (choice & 1) === 0 ? [polarsStream] : (choice & 2) === 0 ? [] : [polarsFile];

const refusalCodes = ['SCHEMA_INVALID', 'VALUE_INVALID'];

const parquetOf =
  (options: (choice: number) => ParquetOptions): Subject['sink'] =>
  (choice) =>
    parquet('x.parquet', options(choice));

const subjects: readonly Subject[] = [
  {
    name: 'Parquet',
    tables: anyTables(),
    sink: parquetOf((choice) => ({
      compression: pick(codecs, choice),
      encodings: pick(['adaptive', 'basic'], choice >> 3),
      rowGroupRows: pick([1, 5, 17, 131_072], choice >> 4),
      pageVersion: pick([1, 2], choice >> 6),
    })),
    readers: () => [duckParquet, hyparquet, arrowRsParquet],
    seconds: 'ms',
  },
  {
    name: 'CSV',
    tables: flatTables,
    sink: (choice) =>
      csv('x', {
        nullText: '\\N',
        quotes: pick(['needed', 'all', 'nonNumeric'], choice),
        compression: outer(choice),
      }),
    outer,
    readers: () => [duckCsv, csvParse],
    seconds: 's',
  },
  {
    name: 'NDJSON',
    tables: anyTables(),
    sink: (choice) =>
      ndjson('x', {
        bigint: 'string',
        nonFinite: 'string',
        keyOrder: pick(['schema', 'sorted'], choice),
        compression: outer(choice),
      }),
    outer,
    readers: () => [jsonParse, duckJson],
    seconds: 's',
  },
  {
    name: 'Arrow',
    tables: anyTables(),
    sink: (choice) =>
      arrow('x', {
        as: pick(['stream', 'file'], choice),
        dictionaries: pick(['keep', 'text'], choice >> 1),
        buffers: pick(['none', 'zstd'], choice >> 2),
        compression: outerOfArrow(choice),
      }),
    outer: outerOfArrow,
    readers: (choice) => [
      apacheArrow,
      (choice & 1) === 0 ? flechetteOfStreams : flechette,
      ...((choice & 4) === 0 ? [arrowRs] : polarsOfZstd(choice)),
    ],
    seconds: 's',
  },
  {
    name: 'MessagePack',
    tables: anyTables(),
    sink: (choice) => msgpack('x', { layout: pick(['rows', 'columns'], choice), compression: outer(choice) }),
    outer,
    readers: () => [msgpackReader, msgpackrReader, msgpackLiteReader],
    seconds: 's',
  },
  {
    name: 'Parquet of parquetjs-lite',
    tables: flatTables,
    sink: parquetOf((choice) => ({
      engine: 'parquetjs-lite',
      compression: pick(['none', 'snappy', 'gzip'], choice),
    })),
    readers: () => [duckParquet, hyparquet, arrowRsParquet],
    seconds: 'ms',
    refuses: liteRefuses,
  },
  {
    name: 'Parquet of polars',
    tables: flatTables,
    sink: parquetOf((choice) => ({ engine: 'polars', compression: pick(codecs, choice) })),
    // arrow-rs refuses its dictionaries, which it notes as those of views.
    readers: () => [duckParquet, hyparquet],
    seconds: 'ms',
    refuses: polarsRefuses,
  },
];

describe.each(subjects)(
  'tables of any types as $name',
  ({ name, tables, sink, readers, outer: packing = () => 'none', seconds, refuses = () => false }) => {
    test('are read alike by readers of others', { timeout: 600_000 }, async () => {
      let right = 0;
      await fc.assert(
        fc.asyncProperty(tables, fc.nat(255), async (recipe, choice) => {
          const rows = rowsOf(recipe);
          const schema: Schema<object> = { fields: recipe.fields };
          let bytes: Buffer;
          const mustRefuse = refuses(recipe.fields, rows);
          try {
            bytes = unpacked(packing(choice), await encodeRows(sink(choice), schema, runsOf(recipe, rows)));
          } catch (error) {
            if (mustRefuse && isTailraceError(error) && refusalCodes.includes(error.code)) return;
            throw error;
          }
          expect(mustRefuse, 'was to be refused').toBe(false);
          for (const reader of readers(choice)) {
            const leaf = reader === duckJson ? unsigned(written(seconds)) : written(seconds);
            const wanted = rows.map((row) => valuesOf(row, recipe.fields, { ...reader, leaf }));
            expect({ reader: reader.name, values: await readBy(reader, bytes, recipe.fields) }).toEqual({
              reader: reader.name,
              values: wanted,
            });
          }
          right += 1;
        }),
        { seed, numRuns },
      );
      // Refusing everything would be right, and of no use.
      expect(right).toBeGreaterThanOrEqual(numRuns / 50);
      if (process.env.TAILRACE_TABLES !== undefined)
        console.log(`${name}: ${right} of ${numRuns} tables, seed ${seed}`);
    });
  },
);

/** Within arrays and objects DuckDB takes the -0 of JSON for an integer. */
function unsigned(leaf: AnyReader['leaf']): AnyReader['leaf'] {
  return (type, value) => {
    const text = leaf(type, value);
    return text === '-0' ? '0' : text;
  };
}
