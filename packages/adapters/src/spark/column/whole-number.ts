// Owns numbers of a plan that must be whole: what is not, or has no room in its field, would fail in the library for messages,
// which knows no names.
import { PlanError, shownOption } from '@tailrace/core';

const refusal = (name: string, wanted: string, value: unknown): PlanError =>
  new PlanError(`${name} is ${wanted}, not ${shownOption(value)}.`, { operation: 'build plan' });

/**
 * Of a field of 64 bits. @param name of the parameter, for the message. @throws PlanError for what is not whole, or does not
 * fit
 */
export function wholeNumber<T extends number | bigint>(name: string, value: T): T {
  const isWhole = typeof value === 'bigint' || Number.isSafeInteger(value);
  if (isWhole && BigInt.asIntN(64, BigInt(value)) === BigInt(value)) return value;
  throw refusal(name, 'a whole number of 64 bits', value);
}

/**
 * Of a field of 32 bits. @param name of the parameter, for the message. @throws PlanError for what is not whole, or does not
 * fit
 */
export function shortNumber(name: string, value: number): number {
  if (Number.isInteger(value) && value === (value | 0)) return value;
  throw refusal(name, 'a whole number of 32 bits', value);
}
