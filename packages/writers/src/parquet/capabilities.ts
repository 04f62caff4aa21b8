// Owns what each engine can do of what may be asked for: the one table by which declarations are checked, from which
// docs/guides/parquet.md is made, and over which the conformance suite runs. What it says of types is in types/parquet-types.ts.
import type { ParquetCompression } from './compression.js';
import type { ParquetOptions } from './declared-options.js';
import { engines, type ParquetEngine } from './engine.js';

const all: readonly ParquetEngine[] = engines;
const own: readonly ParquetEngine[] = ['tailrace'];
const ownAndWasm: readonly ParquetEngine[] = ['tailrace', 'parquet-wasm'];
const allButPolars: readonly ParquetEngine[] = ['tailrace', 'parquet-wasm', 'parquetjs-lite'];
const allButLite: readonly ParquetEngine[] = ['tailrace', 'parquet-wasm', 'polars'];

/** By the option as a declaration has it. */
export const capabilities = {
  'compression: none': all,
  'compression: snappy': all,
  'compression: gzip': all,
  'compression: brotli': allButLite,
  'compression: zstd': allButLite,
  'compression: lz4_raw': ['parquet-wasm', 'polars'],
  compressionLevel: own,
  'encodings: basic': allButPolars,
  rowGroupRows: allButPolars,
  rowGroupBytes: allButPolars,
  'columns.encoding': ownAndWasm,
  'columns.dictionary': ownAndWasm,
  'columns.statistics': ownAndWasm,
  'columns.fieldId': own,
  // None of the encoders makes them; asked for, they are refused rather than left out.
  'columns.bloomFilter': [],
  'statistics: true': allButLite,
  'statistics: false': allButPolars,
  'pageIndex: true': allButLite,
  'pageIndex: false': ['tailrace', 'parquetjs-lite'],
  sortedBy: own,
  metadata: allButPolars,
  'pageVersion: 1': all,
  'pageVersion: 2': allButPolars,
  createdBy: ownAndWasm,
} as const satisfies Record<string, readonly ParquetEngine[]>;

export type Capability = keyof typeof capabilities;

/** Those that can do it. */
export function enginesWith(capability: Capability): readonly ParquetEngine[] {
  return capabilities[capability];
}

/** What the options ask of an engine beyond its usual way. */
export function asked(options: ParquetOptions & { readonly compression: ParquetCompression }): Capability[] {
  const { compressionLevel, encodings, rowGroupRows, rowGroupBytes, columns = {} } = options;
  const { statistics, pageIndex, sortedBy, metadata, pageVersion, createdBy } = options;
  const ofColumns = Object.values(columns);
  const all: (Capability | false)[] = [
    `compression: ${options.compression}`,
    compressionLevel !== undefined && 'compressionLevel',
    encodings === 'basic' && 'encodings: basic',
    rowGroupRows !== undefined && 'rowGroupRows',
    rowGroupBytes !== undefined && 'rowGroupBytes',
    ofColumns.some(({ encoding }) => encoding !== undefined) && 'columns.encoding',
    ofColumns.some(({ dictionary }) => dictionary !== undefined) && 'columns.dictionary',
    ofColumns.some((column) => column.statistics !== undefined) && 'columns.statistics',
    ofColumns.some(({ fieldId }) => fieldId !== undefined) && 'columns.fieldId',
    ofColumns.some(({ bloomFilter }) => bloomFilter === true) && 'columns.bloomFilter',
    statistics !== undefined && `statistics: ${statistics}`,
    pageIndex !== undefined && `pageIndex: ${pageIndex}`,
    sortedBy !== undefined && 'sortedBy',
    metadata !== undefined && 'metadata',
    pageVersion !== undefined && `pageVersion: ${pageVersion}`,
    createdBy !== undefined && 'createdBy',
  ];
  return all.filter((capability) => capability !== false);
}

/** What of it the engine cannot do. */
export function missing(engine: ParquetEngine, wanted: readonly Capability[]): Capability[] {
  return wanted.filter((capability) => !enginesWith(capability).includes(engine));
}
