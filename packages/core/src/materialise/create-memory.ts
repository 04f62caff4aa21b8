// Owns the putting together of what a run may hold: budget, shared memory, scratch storage, and who can spill.
import type { BudgetOptions } from '../budget/budget.js';
import { createBudget } from '../budget/create-budget.js';
import { createSlabs } from '../budget/create-slabs.js';
import type { Memory, Spillable } from './memory.js';
import { createScratch, type ScratchFs } from './scratch.js';

/** What `createMemory` makes: a byte budget, and scratch storage on disk. */
export interface MemoryOptions extends BudgetOptions {
  /** Directory for spilled batches. Default: the system's temporary directory. */
  readonly scratchDir?: string | undefined;
  /** Bytes that spilled batches may take on disk. Default 17,179,869,184 (16 GiB). */
  readonly scratchLimitBytes?: number | undefined;
  /** The filesystem of scratch storage; injected in tests. */
  readonly fs?: ScratchFs | undefined;
}

const defaultScratchLimitBytes = 16 * 2 ** 30;

/**
 * Makes a memory that datasets, pools and runs can share: one byte budget over all of them, and scratch storage for
 * what does not fit. Nothing is allocated and no directory is made before it is needed.
 * @throws PlanError for limits that are no byte counts, or marks that are out of order
 * @example const memory = createMemory({ limitBytes: 512 * 2 ** 20 });
 */
export function createMemory(options: MemoryOptions): Memory {
  const budget = createBudget(options);
  const slabs = createSlabs(budget);
  const scratch = createScratch({
    slabs,
    directory: options.scratchDir,
    limitBytes: options.scratchLimitBytes ?? defaultScratchLimitBytes,
    fs: options.fs,
  });
  const spillables = new Set<Spillable>();
  return {
    budget,
    slabs,
    scratch,
    spillables,
    addSpillable(holder) {
      spillables.add(holder);
      return () => void spillables.delete(holder);
    },
  };
}
