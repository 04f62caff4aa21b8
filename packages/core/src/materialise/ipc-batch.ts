// Owns one batch as the bytes of an Arrow IPC stream, and back into shared memory. Where the bytes lie is others' business.
import { createRequire } from 'node:module';
import { ipcStreamWith } from '../batch/arrow-convert.js';
import { batchDataWith } from '../batch/arrow-import.js';
import type { ArrowModule } from '../batch/arrow-types.js';
import { type Batch, type BatchData, batchData, createBatch } from '../batch/batch.js';
import type { Slab, Slabs } from '../budget/slabs.js';

let loaded: ArrowModule | undefined;

/**
 * apache-arrow takes more than a tenth of a second to load, which a run that never spills is spared; and a stage that
 * floods synchronously cannot wait for an import. Only bytes leave this file, so it may be another copy than the user's.
 */
function arrow(): ArrowModule {
  // require gives no types; the package's own describe both of its builds.
  loaded ??= createRequire(import.meta.url)('apache-arrow') as ArrowModule;
  return loaded;
}

export function ipcOf(batch: Batch<unknown>): Uint8Array {
  return ipcStreamWith(arrow(), [batchData(batch)]);
}

/** The batch in fresh shared memory charged to the budget, with one reference. Throws when the bytes hold none. */
export function batchOfIpc<R>(bytes: Uint8Array, slabs: Slabs): Batch<R> {
  const slabsOf: Slab[] = [];
  try {
    const data = dataOfIpc(bytes, (size) => {
      const slab = slabs.acquire(size);
      slab.reservation.assign('batch');
      slabsOf.push(slab);
      return slab.buffer;
    });
    return createBatch<R>(data, (exposed) => {
      for (const slab of slabsOf) slab.free(!exposed);
    });
  } catch (error) {
    for (const slab of slabsOf) slab.free(true);
    throw error;
  }
}

export function dataOfIpc(bytes: Uint8Array, allocate?: (bytes: number) => SharedArrayBuffer): BatchData {
  const [batch] = [...arrow().RecordBatchReader.from(bytes)];
  if (batch === undefined) throw new Error('the file holds no batch');
  return batchDataWith(arrow(), batch, {}, allocate);
}
