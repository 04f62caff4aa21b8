// Owns the frame: an immutable plan, and the transformations that make another plan of it. None of them asks the server.
import { Column, type ColumnOrName, call, col, lit, named, of, sortOrderOf } from '../column/column.js';
import { type LiteralValue, literal, literalOf } from '../column/literal.js';
import { shortNumber, wholeNumber } from '../column/whole-number.js';
import { expr } from '../functions/general.js';
import type { Expression } from '../protocol/expression.js';
import { groupTypes, joinTypes, type Relation, type Relations, setOperations } from '../protocol/relation.js';
import { type CheckpointOptions, checkpointRelation } from './checkpoint.js';
import type { ActionOptions, Engine } from './engine.js';
import { FrameActions } from './frame-actions.js';
import type { Joined } from './joined.js';
import { createMissing, type MissingValues } from './missing-values.js';
import { aliasesOf, type ColumnsOf, expressionsOf, type NamedColumns } from './named-columns.js';
import { createStatistics, type Statistics } from './statistics.js';

/** Rows of which nothing is known. */
export type Row = Record<string, unknown>;
/** Which rows a join keeps: `inner`, `left`, `right`, `full`, `leftSemi`, `leftAnti`, `cross`. */
export type JoinType = keyof typeof joinTypes;
type Names<R> = keyof R & string;

/** A frame that the server holds computed, without its history. */
export interface Checkpoint<R extends object> {
  readonly frame: DataFrame<R>;
  /** Lets the server go of it. */
  release(options?: ActionOptions): Promise<void>;
}

/**
 * A frame: a plan of Spark with rows of type `R`. A class, since its methods are many and are shared; it owns nothing.
 * Where a column is taken, a text is the name of one.
 */
export class DataFrame<out R extends object = Row> extends FrameActions<R> {
  /** A column of this very frame, also where another one in a join has the same name. */
  col<K extends Names<R>>(name: K): Column<R[K]> {
    const planId = this.relation.common?.planId;
    if (planId === undefined) return col(name);
    return of({ case: 'unresolvedAttribute', value: { unparsedIdentifier: name, planId } });
  }

  /** Columns by name or as expressions, or an object of names and columns, which types the rows. */
  select<K extends Names<R>>(...names: K[]): DataFrame<Pick<R, K>>;
  select<const C extends NamedColumns>(columns: C): DataFrame<ColumnsOf<C, R>>;
  select(...columns: ColumnOrName[]): DataFrame;
  select(...columns: readonly (ColumnOrName | NamedColumns)[]): DataFrame {
    return this.#then('project', { input: this.relation, expressions: expressionsOf(columns) });
  }
  /** Columns as SQL writes them: `price * 2 AS double`. */
  selectExpr(...expressions: string[]): DataFrame {
    return this.select(...expressions.map((one) => expr(one)));
  }
  /** A column added, or replaced. */
  withColumn<N extends string, T>(name: N, column: Column<T>): DataFrame<Omit<R, N> & Record<N, T>> {
    return this.#then('withColumns', { input: this.relation, aliases: aliasesOf({ [name]: column }) });
  }
  /** Columns added or replaced, all from the columns as they were. */
  withColumns<const C extends NamedColumns>(columns: C): DataFrame<Omit<R, keyof C> & ColumnsOf<C, R>> {
    return this.#then('withColumns', { input: this.relation, aliases: aliasesOf(columns) });
  }
  /** @param names old names and their new ones */
  withColumnsRenamed(names: Readonly<Record<string, string>>): DataFrame {
    const renames = Object.entries(names).map(([colName, newColName]) => ({ colName, newColName }));
    return this.#then('withColumnsRenamed', { input: this.relation, renames });
  }
  /** All columns under new names, in their order. */
  toDF(...columnNames: string[]): DataFrame {
    return this.#then('toDf', { input: this.relation, columnNames });
  }
  /** Without these columns; names that there are not change nothing. */
  drop<K extends Names<R>>(...names: K[]): DataFrame<Omit<R, K>>;
  drop(...columns: ColumnOrName[]): DataFrame;
  drop(...columns: ColumnOrName[]): DataFrame {
    const columnNames = columns.filter((column) => typeof column === 'string');
    const others = columns.filter((column) => typeof column !== 'string').map(({ expression }) => expression);
    return this.#then('drop', { input: this.relation, columns: others, columnNames });
  }

  /** Rows that fulfil a condition, which may be SQL. */
  filter(condition: Column<boolean | null> | string): DataFrame<R> {
    const { expression } = typeof condition === 'string' ? expr(condition) : condition;
    return this.#then('filter', { input: this.relation, condition: expression });
  }
  /** Each row once. */
  distinct(): DataFrame<R> {
    return this.#then('deduplicate', { input: this.relation, allColumnsAsKeys: true });
  }
  /** One row, whichever, for each value of these columns. */
  dropDuplicates(...columnNames: Names<R>[]): DataFrame<R> {
    if (columnNames.length === 0) return this.distinct();
    return this.#then('deduplicate', { input: this.relation, columnNames });
  }
  /** So many rows at most, whichever come first. */
  limit(limit: number): DataFrame<R> {
    return this.#then('limit', { input: this.relation, limit: shortNumber('limit', limit) });
  }
  /** Without so many rows, whichever come first. */
  offset(offset: number): DataFrame<R> {
    return this.#then('offset', { input: this.relation, offset: shortNumber('offset', offset) });
  }
  /** The last rows, so many at most. */
  tail(limit: number): DataFrame<R> {
    return this.#then('tail', { input: this.relation, limit: shortNumber('tail', limit) });
  }
  /** About a share of the rows. The seed makes a plan that is read twice give the same rows. */
  sample(share: number, seed: number, withReplacement = false): DataFrame<R> {
    const value = { input: this.relation, lowerBound: 0, upperBound: share, withReplacement };
    return this.#then('sample', { ...value, seed: BigInt(wholeNumber('the seed of sample', seed)) });
  }

  /** Sorted by columns, smallest first and nulls before them unless a column says otherwise. */
  orderBy(...columns: ColumnOrName[]): DataFrame<R> {
    return this.#then('sort', { input: this.relation, order: columns.map(sortOrderOf), isGlobal: true });
  }
  /** Each partition sorted by columns. */
  sortWithinPartitions(...columns: ColumnOrName[]): DataFrame<R> {
    return this.#then('sort', { input: this.relation, order: columns.map(sortOrderOf), isGlobal: false });
  }

  /** Rows grouped by columns, to be aggregated. */
  groupBy<K extends Names<R>>(...names: K[]): Grouped<Pick<R, K>>;
  groupBy(...columns: ColumnOrName[]): Grouped<Row>;
  groupBy(...columns: ColumnOrName[]): Grouped<Row> {
    return this.#grouped('groupBy', columns);
  }
  /** Groups, and the groups of fewer columns from the right, up to all rows. */
  rollup(...columns: ColumnOrName[]): Grouped<Row> {
    return this.#grouped('rollup', columns);
  }
  /** Groups by every choice of the columns. */
  cube(...columns: ColumnOrName[]): Grouped<Row> {
    return this.#grouped('cube', columns);
  }
  /** Aggregates of all rows. */
  agg<const C extends NamedColumns>(columns: C): DataFrame<ColumnsOf<C, R>>;
  agg(...columns: Column[]): DataFrame;
  agg(...columns: readonly (Column | NamedColumns)[]): DataFrame {
    const grouped = this.#grouped('groupBy', []);
    const [first] = columns;
    // The overloads of both are the same; one object, or columns.
    return first instanceof Column ? grouped.agg(...(columns as Column[])) : grouped.agg(first ?? {});
  }

  /**
   * Columns of a side of which no row is found are null. Of a condition over columns of one name, both sides keep theirs: name
   * them anew.
   * @param on a condition, or names of columns that both have, of which the result then has one
   */
  join<S extends object, K extends Names<R> & Names<S> = never, H extends JoinType = 'inner'>(
    other: DataFrame<S>,
    on: Column<boolean | null> | K | readonly K[],
    how?: H,
  ): DataFrame<Joined<R, S, H, K>> {
    const sides = { left: this.relation, right: other.relation, joinType: joinTypes[how ?? 'inner'] };
    if (on instanceof Column) return this.#then('join', { ...sides, joinCondition: on.expression });
    return this.#then('join', { ...sides, usingColumns: typeof on === 'string' ? [on] : on });
  }
  /** Every row with every row. */
  crossJoin<S extends object>(other: DataFrame<S>): DataFrame<R & S> {
    return this.#then('join', { left: this.relation, right: other.relation, joinType: joinTypes.cross });
  }

  /** The rows of both, by the order of columns. */
  union(other: DataFrame<R>): DataFrame<R> {
    return this.#with(other, 'union', true);
  }
  /** The rows of both, by the names of columns. */
  unionByName(other: DataFrame, options: { readonly allowMissingColumns?: boolean } = {}): DataFrame {
    return this.#with(other, 'union', true, {
      byName: true,
      allowMissingColumns: options.allowMissingColumns ?? false,
    });
  }
  /** Rows of both, each once; with `all` as often as in both. */
  intersect(other: DataFrame<R>, options: { readonly all?: boolean } = {}): DataFrame<R> {
    return this.#with(other, 'intersect', options.all ?? false);
  }
  /** Rows that the other lacks, each once; with `all` one fewer for each that the other has. */
  except(other: DataFrame<R>, options: { readonly all?: boolean } = {}): DataFrame<R> {
    return this.#with(other, 'except', options.all ?? false);
  }

  /** So many partitions, by columns where there are any. */
  repartition(partitions: number, ...columns: ColumnOrName[]): DataFrame<R> {
    const numPartitions = shortNumber('partitions', partitions);
    if (columns.length === 0)
      return this.#then('repartition', { input: this.relation, numPartitions, shuffle: true });
    const partitionExprs = columns.map((column) => named(column).expression);
    return this.#then('repartitionByExpression', { input: this.relation, partitionExprs, numPartitions });
  }
  /** Fewer partitions, without a shuffle. */
  coalesce(partitions: number): DataFrame<R> {
    const numPartitions = shortNumber('partitions', partitions);
    return this.#then('repartition', { input: this.relation, numPartitions, shuffle: false });
  }
  /** A name for the frame, by which columns can name it: `a.id`. */
  as(alias: string): DataFrame<R> {
    return this.#then('subqueryAlias', { input: this.relation, alias });
  }
  /** A hint to the optimiser: `broadcast`, `merge`, `rebalance`. */
  hint(name: string, ...parameters: (string | number)[]): DataFrame<R> {
    return this.#then('hint', { input: this.relation, name, parameters: parameters.map(literal) });
  }
  /** Columns turned into rows of a name and a value. */
  unpivot(ids: readonly string[], values: readonly string[], variable: string, value: string): DataFrame {
    return this.#then('unpivot', {
      input: this.relation,
      ids: ids.map((name) => col(name).expression),
      values: { values: values.map((name) => col(name).expression) },
      variableColumnName: variable,
      valueColumnName: value,
    });
  }
  /** What to do with rows that lack values. */
  get missing(): MissingValues<DataFrame<R>> {
    return createMissing(this.relation, (name, value) => this.#then(name, value));
  }
  /** Numbers about columns, computed on the server. */
  get statistics(): Statistics<DataFrame> {
    return createStatistics(
      this.relation,
      (name, value) => this.#then(name, value),
      (name, value, options) => this.#then<Row, typeof name>(name, value).collect(options),
    );
  }

  /** Has the server compute this and keep the rows without the plan they came from. */
  async checkpoint(options: CheckpointOptions = {}): Promise<Checkpoint<R>> {
    const { relationId, release } = await checkpointRelation(this.engine, this.relation, options);
    return { frame: this.#then('cachedRemoteRelation', { relationId }), release };
  }

  /** Another frame by a relation that has no method here. Its type is the caller's word. */
  derive<S extends object, K extends keyof Relations>(name: K, value: Relations[K]): DataFrame<S> {
    return this.#then(name, value);
  }

  /** A frame of the same session over a plan that was made before, given what makes ids that no other plan of the session has. */
  over<S extends object>(planWith: (newId: () => bigint) => Relation): DataFrame<S> {
    return new DataFrame(
      this.engine,
      planWith(() => this.engine.newId()),
    );
  }

  #then<S extends object, K extends keyof Relations>(name: K, value: Relations[K]): DataFrame<S> {
    return new DataFrame(this.engine, this.engine.relation(name, value));
  }

  #grouped(groupType: 'groupBy' | 'rollup' | 'cube', columns: readonly ColumnOrName[]): Grouped<Row> {
    const grouping = columns.map((column) => named(column).expression);
    return new Grouped(this.engine, { input: this.relation, groupType: groupTypes[groupType], grouping });
  }

  #with<S extends object>(
    { relation }: { readonly relation: Relation },
    operation: keyof typeof setOperations,
    isAll: boolean,
    more: { readonly byName?: boolean; readonly allowMissingColumns?: boolean } = {},
  ): DataFrame<S> {
    const sides = { leftInput: this.relation, rightInput: relation };
    return this.#then('setOp', { ...sides, setOpType: setOperations[operation], isAll, ...more });
  }
}

type Aggregate = Relations['aggregate'];

interface Groups {
  readonly input: Relation;
  readonly groupType: number;
  readonly grouping: readonly Expression[];
  readonly pivot?: NonNullable<Aggregate['pivot']>;
}

/** Rows grouped by columns, which are those of `G`: what a frame is between its grouping and its aggregates. */
export class Grouped<out G extends object> {
  /** Holds the type of the groups alone; never set. */
  declare readonly group: G;
  readonly #engine: Engine;
  readonly #groups: Groups;

  constructor(engine: Engine, groups: Groups) {
    this.#engine = engine;
    this.#groups = groups;
  }

  /** @example frame.groupBy('year').agg({ total: sum('delay') }) */
  agg<const C extends NamedColumns>(columns: C): DataFrame<G & ColumnsOf<C>>;
  agg(...columns: Column[]): DataFrame;
  agg(...columns: readonly (Column | NamedColumns)[]): DataFrame {
    const { grouping: groupingExpressions, ...groups } = this.#groups;
    const aggregateExpressions = expressionsOf(columns);
    const value = { ...groups, groupingExpressions, aggregateExpressions };
    return new DataFrame(this.#engine, this.#engine.relation('aggregate', value));
  }
  /** How many rows each group has, as `count`. */
  count(): DataFrame<G & { count: bigint }> {
    return this.agg({ count: call<bigint>('count', lit(1)) });
  }
  /** A column for each of these values of a column; further calls aggregate within them. */
  pivot(column: string, values: readonly LiteralValue[]): Grouped<Row> {
    const pivot = { col: col(column).expression, values: values.map(literalOf) };
    return new Grouped(this.#engine, { ...this.#groups, groupType: groupTypes.pivot, pivot });
  }
}
