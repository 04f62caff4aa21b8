// Owns what stands in the place of an option, and the words by which a message may name that option.
import fc from 'fast-check';
import { show, type Value } from './values.js';
import { Planted } from './verdict.js';

const given: readonly unknown[] = [
  Number.NaN,
  -1,
  0,
  1.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e308,
  2 ** 53,
  -(2 ** 31),
  '',
  'nonsense',
  '12 parsecs',
  '-5MiB',
  '5',
  null,
  true,
  5n,
];
/** In the place of one option. */
export const bad: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(...given).map((value): Value => ({ shown: show(value), make: () => value })),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Value>(
      { shown: '{}', make: () => ({}) },
      { shown: '[]', make: () => [] },
      { shown: '[null]', make: () => [null] },
      { shown: 'a function', make: () => () => 1 },
      {
        shown: 'a function that throws',
        make: () => () => {
          throw new Planted();
        },
      },
      { shown: 'a symbol', make: () => Symbol('option') },
      { shown: 'a Date', make: () => new Date(Number.NaN) },
      { shown: 'a Map', make: () => new Map() },
    ),
  },
);

/** Words of a message that may stand for an option: a mode is called by its name, a store by what it is. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  partitionBy: ['partition'],
  single: ['directory', 'one file'],
  retry: ['policy', 'planted'],
  inspect: ['inspector'],
  adopt: ['generations'],
};
export const namesOf = (name: string): readonly string[] => [name, ...(synonyms[name] ?? [])];
