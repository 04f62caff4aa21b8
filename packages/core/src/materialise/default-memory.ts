// Owns the memory of datasets that are made outside any run and are given none.
import { createMemory } from './create-memory.js';
import type { Memory } from './memory.js';

/** 256 MiB, as a run has by default. */
const defaultMemoryBytes: number = 256 * 2 ** 20;

let shared: Memory | undefined;

/** One per process, made at the first call. Its scratch directory is removed when the process exits. */
export function defaultMemory(): Memory {
  shared ??= createMemory({ limitBytes: defaultMemoryBytes });
  return shared;
}
