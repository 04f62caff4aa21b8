import { describe, expect, it } from 'vitest';
import { Column, col, lit } from '../column/column.js';
import { window } from '../column/window.js';
import {
  callFunction,
  coalesce,
  concat,
  currentTimestamp,
  expr,
  rand,
  sum,
  transform,
  upper,
} from '../functions/index.js';
import type { Relation, Relations } from '../protocol/relation.js';
import { isTheSameAgain } from './is-the-same-again.js';

const relation = <K extends keyof Relations>(name: K, value: Relations[K]): Relation =>
  // The name belongs to the value.
  ({ common: { planId: 1n }, relType: { case: name, value } }) as Relation;

const range = relation('range', { start: 0n, end: 9n, step: 1n });
const selecting = (...columns: Column[]): Relation =>
  relation('project', { input: range, expressions: columns.map(({ expression }) => expression) });
const reading = (format: string): Relation =>
  relation('read', { readType: { case: 'dataSource', value: { format, paths: ['/in'] } } });

describe('a plan', () => {
  it.each([
    ['of numbers', range],
    ['of files', reading('parquet')],
    [
      'of functions of values',
      selecting(upper('a'), concat('a', coalesce('b', 'c')), lit(3).plus(col('n')).as('x')),
    ],
    ['with an aggregate of a window', selecting(sum('n').over(window.partitionBy('a')))],
    ['that draws with a seed', selecting(rand(7), callFunction('uuid'), callFunction('shuffle', col('a')))],
    [
      'that samples',
      relation('sample', { input: range, lowerBound: 0, upperBound: 0.5, withReplacement: false, seed: 3n }),
    ],
  ])('%s is the same again', (_what, plan) => {
    expect(isTheSameAgain(plan)).toBe(true);
  });

  const call = (functionName: string, ...args: Column[]): Column =>
    new Column({
      exprType: {
        case: 'unresolvedFunction',
        value: { functionName, arguments: args.map(({ expression }) => expression) },
      },
    });
  it.each([
    ['of a query', relation('sql', { query: 'SELECT uuid()' })],
    [
      'of a table, which may be a view',
      relation('read', { readType: { case: 'namedTable', value: { unparsedIdentifier: 't' } } }),
    ],
    ['of a source that is no files', reading('jdbc')],
    [
      'of a relation that is not known here',
      relation('hint', { input: range, name: 'broadcast', parameters: [] }),
    ],
    ['with SQL', selecting(expr('rand()'))],
    ['with SQL within a function', selecting(upper('a'), coalesce(expr('uuid()'), 'b'))],
    ['with a function by its name', selecting(callFunction('java_method', 'java.util.UUID', 'randomUUID'))],
    ['with a function that is not known here', selecting(call('randstr', lit(3)))],
    ['that draws without a seed', selecting(call('rand'), call('uuid'))],
    ['that shuffles without a seed', selecting(call('shuffle', col('a')))],
    ['that draws with a seed that is no literal', selecting(call('rand', expr('rand()')))],
    ['with the time', selecting(currentTimestamp())],
    ['with a lambda', selecting(transform('a', (item) => item.plus(1)))],
    ['below another', relation('limit', { input: relation('sql', { query: 'SELECT 1' }), limit: 3 })],
  ])('%s may be another one', (_what, plan) => {
    expect(isTheSameAgain(plan)).toBe(false);
  });
});
