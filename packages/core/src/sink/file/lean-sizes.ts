// Owns how much memory a file sink takes on a store of objects where its declaration says nothing: the most first, then less of it,
// for budgets that hold no more.
import type { StoreOfScheme } from './store-of-scheme.js';

export interface DefaultSizes {
  readonly maxOpenPartitions: number;
  readonly partitionBufferBytes: number;
  /** The store in the form that takes as much; undefined on local files. */
  readonly remote: StoreOfScheme | undefined;
}

const mebibyte = 2 ** 20;
const local = { maxOpenPartitions: 64, partitionBufferBytes: 32 * mebibyte } as const;

/** `leaner` counts the forms of the store from 1 on. */
const onStores = [
  { maxOpenPartitions: 8, partitionBufferBytes: 32 * mebibyte, leaner: 0 },
  { maxOpenPartitions: 4, partitionBufferBytes: 32 * mebibyte, leaner: 0 },
  { maxOpenPartitions: 4, partitionBufferBytes: 16 * mebibyte, leaner: 1 },
  { maxOpenPartitions: 2, partitionBufferBytes: 8 * mebibyte, leaner: 2 },
] as const;

/** The leanest there is: 0 is as without a budget. */
export const leanest = onStores.length - 1;

/** @param leanness from 0 to `leanest` */
export function defaultSizes(store: StoreOfScheme | undefined, leanness: number): DefaultSizes {
  if (store === undefined) return { ...local, remote: undefined };
  const { leaner, ...sizes } = onStores[leanness] ?? onStores[0];
  const forms = [store, ...(store.leaner ?? [])];
  return { ...sizes, remote: forms[Math.min(leaner, forms.length - 1)] };
}
