// Owns the manifest that a run of the conformance suite commits.
import type { StagedFile } from '../sink/sink.js';
import type { Manifest, StoreTarget } from '../sink/store.js';

export function manifestOf(target: StoreTarget, files: readonly StagedFile[]): Manifest {
  return {
    version: 1,
    runId: target.runId,
    output: target.output,
    format: 'bytes',
    schema: 'text utf8',
    partitionBy: [],
    rows: files.length,
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
  };
}
