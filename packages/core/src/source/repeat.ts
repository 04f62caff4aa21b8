// Owns the repetition of a source: opened again for every copy, one after the other.
import { TailraceError } from '../errors/tailrace-error.js';
import type { Source } from './source.js';

/**
 * The items of `source`, `times` times over, each copy passed through `map` (for example to shift its dates).
 *
 * @param times whole number, at least 1
 * @param map gets the item and the number of the copy, from 0; default: the item as it is
 * @throws PLAN_INVALID when `times` is not a positive whole number
 */
export function repeat<T>(source: Source<T>, times: number): Source<T>;
export function repeat<T, U>(source: Source<T>, times: number, map: (item: T, copy: number) => U): Source<U>;
export function repeat<T>(
  source: Source<T>,
  times: number,
  map?: (item: T, copy: number) => unknown,
): Source<unknown> {
  if (!Number.isSafeInteger(times) || times < 1) {
    throw new TailraceError(`repeat needs a positive whole number of times, got ${times}.`, {
      code: 'PLAN_INVALID',
      operation: 'declare source',
      context: { source: source.name },
    });
  }
  const repeated = (source: Source<T>): Source<unknown> => ({
    name: `${source.name ?? 'source'} x ${times}`,
    // Read when asked: some sources know their total only after they were opened.
    get totalItems() {
      return source.totalItems === undefined ? undefined : source.totalItems * times;
    },
    // What `map` makes of an item may have other columns.
    get schema() {
      return map === undefined ? source.schema : undefined;
    },
    ...(source.withStores !== undefined && {
      withStores: (stores) => repeated(source.withStores?.(stores) ?? source),
    }),
    async *open(signal) {
      for (let copy = 0; copy < times; copy += 1) {
        for await (const chunk of source.open(signal)) {
          yield map === undefined ? chunk : chunk.map((item) => map(item, copy));
        }
      }
    },
  });
  return repeated(source);
}
