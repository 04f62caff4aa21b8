// Owns the expressions of a plan as Spark's protocol writes them. Field names are those of the published descriptors.
import type { WireType } from './data-type.js';
import type { Empty, OneOf } from './one-of.js';

export interface Literal {
  readonly literalType: OneOf<{
    readonly null: WireType;
    readonly binary: Uint8Array;
    readonly boolean: boolean;
    readonly integer: number;
    readonly long: bigint;
    readonly double: number;
    readonly string: string;
    /** Microseconds since 1970-01-01T00:00Z. */
    readonly timestamp: bigint;
  }>;
}

/** Numbers of Expression.SortOrder.SortDirection. */
export const sortDirections = { ascending: 1, descending: 2 } as const;
/** Numbers of Expression.SortOrder.NullOrdering. */
export const nullOrderings = { first: 1, last: 2 } as const;

export interface SortOrder {
  readonly child: Expression;
  readonly direction: number;
  readonly nullOrdering: number;
}

/** Numbers of Expression.Cast.EvalMode; left out, the session's setting holds. */
export const evalModes = { ansi: 2, try: 3 } as const;

/** Numbers of Expression.Window.WindowFrame.FrameType. */
export const frameTypes = { row: 1, range: 2 } as const;

export interface FrameBoundary {
  readonly boundary: OneOf<{
    readonly currentRow: boolean;
    readonly unbounded: boolean;
    readonly value: Expression;
  }>;
}

export interface WindowExpression {
  readonly windowFunction: Expression;
  readonly partitionSpec: readonly Expression[];
  readonly orderSpec: readonly SortOrder[];
  readonly frameSpec?: {
    readonly frameType: number;
    readonly lower: FrameBoundary;
    readonly upper: FrameBoundary;
  };
}

export interface Alias {
  readonly expr: Expression;
  readonly name: readonly string[];
}

export interface LambdaVariable {
  readonly nameParts: readonly string[];
}

export interface Expression {
  readonly exprType: OneOf<{
    readonly literal: Literal;
    readonly unresolvedAttribute: { readonly unparsedIdentifier: string; readonly planId?: bigint };
    readonly unresolvedFunction: {
      readonly functionName: string;
      readonly arguments: readonly Expression[];
      readonly isDistinct?: boolean;
    };
    readonly expressionString: { readonly expression: string };
    readonly unresolvedStar: Empty | { readonly unparsedTarget: string };
    readonly alias: Alias;
    readonly cast: {
      readonly expr: Expression;
      readonly castToType: OneOf<{ readonly typeStr: string }>;
      readonly evalMode?: number;
    };
    readonly sortOrder: SortOrder;
    readonly lambdaFunction: { readonly function: Expression; readonly arguments: readonly LambdaVariable[] };
    readonly unresolvedNamedLambdaVariable: LambdaVariable;
    readonly window: WindowExpression;
    readonly unresolvedExtractValue: { readonly child: Expression; readonly extraction: Expression };
    readonly updateFields: {
      readonly structExpression: Expression;
      readonly fieldName: string;
      readonly valueExpression?: Expression;
    };
    readonly callFunction: { readonly functionName: string; readonly arguments: readonly Expression[] };
  }>;
}
