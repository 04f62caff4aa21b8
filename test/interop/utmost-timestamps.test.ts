// The utmost milliseconds, which DuckDB cannot hold: it turns them into microseconds of 64 bits.
import { describe, expect, test } from 'vitest';
import { difference } from './support/compare.js';
import { encode } from './support/encode.js';
import { engines } from './support/engines.js';
import { layoutProblem } from './support/layout/check-layout.js';
import { hyparquetReader } from './support/readers/hyparquet.js';
import { parquetWasmReader } from './support/readers/parquet-wasm.js';
import { polarsReader } from './support/readers/polars.js';
import { stored, type Table } from './support/table.js';

const top = 2n ** 63n - 1n;
const milliseconds = [-top - 1n, top, 0n, null, -1n, top - 1n, -top];
const seconds = [-top / 1000n, top / 1000n, 0n, null, 1n, -1n, top / 1000n];

const table: Table = {
  rows: milliseconds.length,
  columns: [
    {
      name: 'ms',
      type: { kind: 'timestamp', unit: 'ms', timezone: 'UTC', js: 'bigint' },
      nullable: true,
      values: milliseconds,
    },
    {
      name: 's',
      type: { kind: 'timestamp', unit: 's', timezone: null, js: 'bigint' },
      nullable: true,
      values: seconds,
    },
  ],
};

describe.each(engines)('$engine', ({ engine }) => {
  test.each([hyparquetReader, parquetWasmReader, polarsReader])(
    '$name reads the utmost milliseconds',
    async (reader) => {
      const bytes = await encode(
        engine,
        { table, cuts: [4, 3] },
        {
          compression: 'none',
          encodings: 'adaptive',
          rowGroupRows: 100,
          maxBufferedBytes: 2 ** 25,
          late: false,
        },
      );
      const wanted = stored(table);
      expect(layoutProblem(bytes, wanted)).toBeUndefined();
      expect(
        difference(wanted, await reader.read({ bytes, path: '' }, wanted), reader.readable),
      ).toBeUndefined();
    },
  );
});
