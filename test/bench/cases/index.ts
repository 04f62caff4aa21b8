// Owns the list of cases: each is loaded only when it is asked for.
import type { BenchCase, CaseName } from '../harness/bench-case.js';

const loaders: Partial<Record<CaseName, () => Promise<BenchCase>>> = {
  loop: async () => (await import('./loop.js')).loop,
  memory: async () => (await import('./memory.js')).memory,
  overhead: async () => (await import('./overhead.js')).overhead,
  pattern: async () => (await import('./pattern.js')).pattern,
  rows: async () => (await import('./rows.js')).rows,
  columns: async () => (await import('./columns.js')).columns,
  scale: async () => (await import('./scale.js')).scale,
  text: async () => (await import('./text.js')).text,
};

/** The cases that can be run. */
export const knownCases: readonly CaseName[] = Object.keys(loaders) as CaseName[];

/** Throws for a case that is not there. */
export async function loadCase(name: CaseName): Promise<BenchCase> {
  const load = loaders[name];
  if (load === undefined) throw new Error(`There is no case '${name}'.`);
  return load();
}
