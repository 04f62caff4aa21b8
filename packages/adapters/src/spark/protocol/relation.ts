// Owns the relations of a plan as Spark's protocol writes them. Field names are those of the published descriptors.
import type { Alias, Expression, Literal, SortOrder } from './expression.js';
import type { OneOf } from './one-of.js';

/** Numbers of Join.JoinType, by the names that Spark's SQL has for them. */
export const joinTypes = {
  inner: 1,
  full: 2,
  left: 3,
  right: 4,
  leftAnti: 5,
  leftSemi: 6,
  cross: 7,
} as const;
/** Numbers of SetOperation.SetOpType. */
export const setOperations = { intersect: 1, union: 2, except: 3 } as const;
/** Numbers of Aggregate.GroupType. */
export const groupTypes = { groupBy: 1, rollup: 2, cube: 3, pivot: 4 } as const;

type Options = Readonly<Record<string, string>>;
interface One {
  readonly input: Relation;
}

export interface Relations {
  readonly read: {
    readonly readType: OneOf<{
      readonly namedTable: { readonly unparsedIdentifier: string; readonly options?: Options };
      readonly dataSource: {
        readonly format?: string;
        readonly schema?: string;
        readonly options?: Options;
        readonly paths?: readonly string[];
      };
    }>;
  };
  readonly project: One & { readonly expressions: readonly Expression[] };
  readonly filter: One & { readonly condition: Expression };
  readonly join: {
    readonly left: Relation;
    readonly right: Relation;
    readonly joinType: number;
    readonly joinCondition?: Expression;
    readonly usingColumns?: readonly string[];
  };
  readonly setOp: {
    readonly leftInput: Relation;
    readonly rightInput: Relation;
    readonly setOpType: number;
    readonly isAll: boolean;
    readonly byName?: boolean;
    readonly allowMissingColumns?: boolean;
  };
  readonly sort: One & { readonly order: readonly SortOrder[]; readonly isGlobal: boolean };
  readonly limit: One & { readonly limit: number };
  readonly offset: One & { readonly offset: number };
  readonly tail: One & { readonly limit: number };
  readonly aggregate: One & {
    readonly groupType: number;
    readonly groupingExpressions: readonly Expression[];
    readonly aggregateExpressions: readonly Expression[];
    readonly pivot?: { readonly col: Expression; readonly values: readonly Literal[] };
  };
  readonly sql: {
    readonly query: string;
    readonly namedArguments?: Readonly<Record<string, Expression>>;
    readonly posArguments?: readonly Expression[];
  };
  readonly localRelation: { readonly data?: Uint8Array; readonly schema?: string };
  readonly sample: One & {
    readonly lowerBound: number;
    readonly upperBound: number;
    readonly withReplacement: boolean;
    readonly seed: bigint;
  };
  readonly deduplicate: One & {
    readonly columnNames?: readonly string[];
    readonly allColumnsAsKeys?: boolean;
  };
  readonly range: {
    readonly start: bigint;
    readonly end: bigint;
    readonly step: bigint;
    readonly numPartitions?: number;
  };
  readonly subqueryAlias: One & { readonly alias: string };
  readonly repartition: One & { readonly numPartitions: number; readonly shuffle: boolean };
  readonly repartitionByExpression: One & {
    readonly partitionExprs: readonly Expression[];
    readonly numPartitions?: number;
  };
  readonly toDf: One & { readonly columnNames: readonly string[] };
  readonly withColumns: One & { readonly aliases: readonly Alias[] };
  readonly withColumnsRenamed: One & {
    readonly renames: readonly { readonly colName: string; readonly newColName: string }[];
  };
  readonly drop: One & { readonly columns: readonly Expression[]; readonly columnNames: readonly string[] };
  readonly hint: One & { readonly name: string; readonly parameters: readonly Expression[] };
  readonly unpivot: One & {
    readonly ids: readonly Expression[];
    readonly values?: { readonly values: readonly Expression[] };
    readonly variableColumnName: string;
    readonly valueColumnName: string;
  };
  readonly cachedRemoteRelation: { readonly relationId: string };
  readonly fillNa: One & { readonly cols: readonly string[]; readonly values: readonly Literal[] };
  readonly dropNa: One & { readonly cols: readonly string[]; readonly minNonNulls?: number };
  readonly replace: One & {
    readonly cols: readonly string[];
    readonly replacements: readonly { readonly oldValue: Literal; readonly newValue: Literal }[];
  };
  readonly summary: One & { readonly statistics: readonly string[] };
  readonly describe: One & { readonly cols: readonly string[] };
  readonly crosstab: One & { readonly col1: string; readonly col2: string };
  readonly cov: One & { readonly col1: string; readonly col2: string };
  readonly corr: One & { readonly col1: string; readonly col2: string; readonly method?: string };
  readonly approxQuantile: One & {
    readonly cols: readonly string[];
    readonly probabilities: readonly number[];
    readonly relativeError: number;
  };
  readonly showString: One & {
    readonly numRows: number;
    readonly truncate: number;
    readonly vertical: boolean;
  };
}

export interface Relation {
  /** The plan id is unique in its session: a column can name the relation that it is of. */
  readonly common?: { readonly planId: bigint };
  readonly relType: OneOf<Relations>;
}
