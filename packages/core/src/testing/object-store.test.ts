// The protocol on a bucket in memory keeps the contract of stores: the suite of stores says so.
import { describe, it } from 'vitest';
import { memoryBucket } from '../store/objects/memory-objects.js';
import { placeOn, processOn } from '../store/objects/objects-bench.js';
import { testStore } from './test-store.js';

const bucket = memoryBucket();
// A module can hold no reference to a test's double.
Object.assign(globalThis, { tailraceObjectStore: processOn(bucket, { partBytes: 4_096, isTrusted: false }) });
const url = 'data:text/javascript,export default globalThis.tailraceObjectStore';
let targets = 0;

testStore(
  { describe, it },
  {
    name: 'the protocol of object stores',
    store: { url, options: {} },
    exclusive: false,
    crash: false,
    supports: ['overwritePartitions', 'generations', 'replaces'],
    async place(kind) {
      targets += 1;
      return placeOn(bucket, `memory://bucket/dir/target-${targets}${kind === 'file' ? '.txt' : ''}`, kind);
    },
  },
);
