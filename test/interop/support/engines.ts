// Owns which engines are tested, and how hard: our own as much as it must be, the other to show that the tests are right.
import type { ParquetEngine } from '@tailrace/writers/parquet';

export interface EngineUnderTest {
  readonly engine: ParquetEngine;
  /** The share of a test's cases that it gets. */
  readonly share: number;
}

export const engines: readonly EngineUnderTest[] = [
  { engine: 'tailrace', share: 1 },
  { engine: 'parquet-wasm', share: 0.05 },
];
