// The engine polars before the suite that every format passes: the columns that it takes, unchanged, and
// those that it declares not to take.
import type { ModuleRef } from '@tailrace/core/sink';
import { testFormat } from '@tailrace/core/testing';
import { type ParquetOptions, parquet } from '@tailrace/writers/parquet';
import { describe, it } from 'vitest';
import { readParquet } from '../conformance/read-files.js';

function formatOf(options: ParquetOptions): ModuleRef {
  const sink = parquet('/out/x', { engine: 'polars', ...options });
  // The options of the file sink's module are its own affair; their format is what this test is about.
  return (sink.module.options as { readonly format: ModuleRef }).format;
}

const variants = {
  'parquet of polars': {},
  'parquet of polars without compression': { compression: 'none' },
} as const satisfies Readonly<Record<string, ParquetOptions>>;

for (const [name, options] of Object.entries<ParquetOptions>(variants)) {
  testFormat(
    { describe, it },
    {
      name,
      format: formatOf(options),
      refuses: ['float16', 'time', 'fixed_binary', 'null', 'list', 'fixed_list', 'struct', 'map'],
      holdsWholeFile: true,
      read: readParquet,
    },
  );
}
