// Owns values of JavaScript as literals of Spark.
import { PlanError, shownOption } from '@tailrace/core';
import type { Expression, Literal } from '../protocol/expression.js';

/** What may stand in a plan as a value. A Date is a timestamp. */
export type LiteralValue = string | number | bigint | boolean | Date | Uint8Array | null;

/**
 * Whole numbers become int where they fit, bigint (Spark's name for 64 bits) up to 2^53, and double beyond, as other numbers
 * do. A bigint of JavaScript is always one of Spark, a Date a timestamp, bytes binary.
 * @throws PlanError for anything else
 */
export function literalOf(value: LiteralValue): Literal {
  return { literalType: typeOf(value) };
}

export function literal(value: LiteralValue): Expression {
  return { exprType: { case: 'literal', value: literalOf(value) } };
}

function typeOf(value: LiteralValue): Literal['literalType'] {
  if (value === null) return { case: 'null', value: { kind: { case: 'null', value: {} } } };
  switch (typeof value) {
    case 'string':
      return { case: 'string', value };
    case 'boolean':
      return { case: 'boolean', value };
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) throw refused(value, 'does not fit into 64 bits');
      return { case: 'long', value };
    case 'number':
      if (!Number.isInteger(value) || Object.is(value, -0)) return { case: 'double', value };
      if (value === (value | 0)) return { case: 'integer', value };
      if (Number.isSafeInteger(value)) return { case: 'long', value: BigInt(value) };
      return { case: 'double', value };
    default:
      if (value instanceof Uint8Array) return { case: 'binary', value };
      if (!(value instanceof Date)) throw refused(value, 'is of no type that Spark has literals of');
      if (Number.isNaN(value.getTime())) throw refused(value, 'is no date');
      return { case: 'timestamp', value: BigInt(value.getTime()) * 1_000n };
  }
}

function refused(value: unknown, problem: string): PlanError {
  return new PlanError(
    `The value ${shownOption(value)} cannot stand in a plan: it ${problem}. Give a text, a number, a bigint of 64 bits, ` +
      'a boolean, a Date, bytes or null.',
    { operation: 'build plan' },
  );
}
