// The part of the matrix of types whose readers are installed here alone: Parquet of polars, Arrow and MessagePack, over
// the types, values and refusals of the table that the writers check schemas against. The rest of it is
// packages/writers/src/types/type-matrix.test.ts.
import type { Sink } from '@tailrace/core/sink';
import { describeType } from '@tailrace/core/sink';
import { type ArrowOptions, arrow } from '@tailrace/writers/arrow';
import { msgpack } from '@tailrace/writers/msgpack';
import { parquet } from '@tailrace/writers/parquet';
import { describe, expect, test } from 'vitest';
import { rowsOfType, sampleTypes } from '../../packages/writers/src/testing/type-samples.js';
import { arrowTypes } from '../../packages/writers/src/types/arrow-types.js';
import { refusalOf, type TypeMappings } from '../../packages/writers/src/types/mapping.js';
import { msgpackTypes } from '../../packages/writers/src/types/msgpack-types.js';
import { parquetPolarsTypes } from '../../packages/writers/src/types/parquet-polars-types.js';
import { type AnyReader, duckParquet, hyparquet, readBy, valuesOf } from './support/any-readers.js';
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
import { msgpackLiteReader, msgpackrReader } from './support/msgpack-readers.js';

interface Subject {
  readonly name: string;
  readonly mappings: TypeMappings;
  readonly sink: Sink<object>;
  /** All but apache-arrow share no code with the writer. */
  readonly readers: readonly AnyReader[];
  /** The unit that seconds are stored in. */
  readonly seconds: 's' | 'ms';
}

/** polars notes dictionaries as those of views, which arrow-rs refuses as it reads Parquet. */
const arrowRsOfPolars: AnyReader = { ...arrowRsParquet, holds: ({ kind }) => kind !== 'dictionary' };

const arrowAs = (options: ArrowOptions, readers: readonly AnyReader[]): Subject => ({
  name: `Arrow, ${JSON.stringify(options)}`,
  mappings: arrowTypes,
  sink: arrow('x', options),
  readers,
  seconds: 's',
});

const subjects: readonly Subject[] = [
  {
    name: 'Parquet of polars',
    mappings: parquetPolarsTypes,
    sink: parquet('x.parquet', { engine: 'polars' }),
    // hyparquet makes doubles of decimals, so that arrow-rs stands in for it.
    readers: [duckParquet, hyparquet, arrowRsOfPolars],
    seconds: 'ms',
  },
  arrowAs({ as: 'stream' }, [flechetteOfStreams, arrowRs, polarsStream]),
  arrowAs({ as: 'file' }, [flechette, arrowRs, polarsFile]),
  arrowAs({ as: 'file', dictionaries: 'keep' }, [flechette, arrowRs]),
  // arrow-rs is built without zstd here. That part of the writer is our own, so that apache-arrow may stand in
  // for what polars does not hold.
  arrowAs({ as: 'stream', buffers: 'zstd' }, [flechetteOfStreams, polarsStream, apacheArrow]),
  arrowAs({ as: 'file', buffers: 'zstd' }, [flechette, polarsFile, apacheArrow]),
  ...(['rows', 'columns'] as const).map(
    (layout): Subject => ({
      name: `MessagePack in ${layout}`,
      mappings: msgpackTypes,
      sink: msgpack('x', { layout }),
      readers: [msgpackrReader, msgpackLiteReader],
      seconds: 's',
    }),
  ),
];

const cases = sampleTypes.flatMap((type) =>
  [false, true].map((nullable) => ({ type, nullable, name: `${describeType(type)}${nullable ? '?' : ''}` })),
);

describe.each(subjects)('the types of $name', ({ mappings, sink, readers, seconds }) => {
  test.each(cases)('$name', async ({ type, nullable }) => {
    const { schema, rows } = rowsOfType(type, nullable);
    if (refusalOf(mappings, type) !== undefined) {
      await expect(encodeRows(sink, schema, [])).rejects.toMatchObject({ code: 'SCHEMA_INVALID' });
      return;
    }
    const able = readers.filter(({ holds = () => true }) => holds(type));
    expect(able.length, 'readers of the cell').toBeGreaterThanOrEqual(2);
    const cuts = [
      [rows],
      rows.map((row) => [row]),
      [rows.slice(0, 1), rows.slice(1)],
      [rows.slice(0, -1), rows.slice(-1)],
      [],
    ];
    for (const cut of cuts) {
      const bytes = await encodeRows(sink, schema, cut);
      for (const reader of able) {
        const wanted = cut
          .flat()
          .map((row) => valuesOf(row, schema.fields, { ...reader, leaf: written(seconds) }));
        const values = await readBy(reader, bytes, schema.fields);
        expect({ reader: reader.name, values }).toEqual({ reader: reader.name, values: wanted });
      }
    }
  });
});
