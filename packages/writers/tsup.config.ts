import type { Options } from 'tsup';

const publicEntries = {
  index: 'src/index.ts',
  'parquet/index': 'src/parquet/index.ts',
  'csv/index': 'src/csv/index.ts',
  'ndjson/index': 'src/ndjson/index.ts',
  'arrow/index': 'src/arrow/index.ts',
  'msgpack/index': 'src/msgpack/index.ts',
};

const workerEntries = {
  'parquet/module': 'src/parquet/module.ts',
  'parquet/wasm/module': 'src/parquet/wasm/module.ts',
  'parquet/lite/module': 'src/parquet/lite/module.ts',
  'parquet/polars/module': 'src/parquet/polars/module.ts',
  'csv/module': 'src/csv/module.ts',
  'ndjson/module': 'src/ndjson/module.ts',
  'arrow/module': 'src/arrow/module.ts',
  'msgpack/module': 'src/msgpack/module.ts',
};

const options: Options = {
  entry: { ...publicEntries, ...workerEntries },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  splitting: true,
  sourcemap: true,
  clean: true,
  dts: { entry: publicEntries },
  silent: true,
};

export default options;
