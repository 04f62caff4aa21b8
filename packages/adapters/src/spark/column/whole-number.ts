// Owns numbers of a plan that must be whole: what is not would fail in the library for messages, which knows no names.
import { PlanError, shownOption } from '@tailrace/core';

/** @param name of the parameter, for the message. @throws PlanError for what is not whole */
export function wholeNumber<T extends number | bigint>(name: string, value: T): T {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return value;
  throw new PlanError(`${name} is a whole number, not ${shownOption(value)}.`, { operation: 'build plan' });
}
