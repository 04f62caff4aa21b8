// Owns the public entry for tests of sinks, formats and stores: what every one of them must do, as ready-made suites.
export { batchOfRows } from '../batch/batch-of-rows.js';
export { edgeValues } from './edge-values.js';
export type { Kind } from './every-type.js';
export type { ReadFile } from './format-bench.js';
export type { TestRunner } from './runner.js';
export { sampleRows, sampleSchema } from './sample.js';
export type { SinkPlace } from './sink-bench.js';
export { stateDiagramOf } from './state-diagram.js';
export type { StorePlace } from './store-bench.js';
export {
  type Badge,
  type Failure,
  failuresOf,
  kitVersion,
  type SubjectOptions,
  type Suite,
} from './suite.js';
export { type FormatSubject, testFormat } from './test-format.js';
export { type SinkSubject, testSink } from './test-sink.js';
export { type StoreSubject, testStore } from './test-store.js';
export type { BrokenAdapter } from './trial/broken.js';
export { brokenFormats, soundFormat } from './trial/broken-formats.js';
export { brokenSinks, soundSink } from './trial/broken-sinks.js';
export { brokenStores, soundStore } from './trial/broken-stores.js';
