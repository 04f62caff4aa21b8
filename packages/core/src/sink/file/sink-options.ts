// Owns how numbers and amounts of bytes among the options of a file sink are read, and how one that makes no sense is refused.
import { parseBytes } from '../../budget/parse-bytes.js';
import { shownOption } from '../../errors/check-options.js';
import { PlanError } from '../../errors/named-errors.js';
import type { FilePlace } from './file-place.js';

const operation = 'declare file sink';

export function bytesOr<D>(amount: number | string | undefined, otherwise: D, option: string): number | D {
  return amount === undefined ? otherwise : parseBytes(amount, option);
}

export function wholeOr<D>(
  place: FilePlace,
  value: number | undefined,
  otherwise: D,
  option: string,
  least = 1,
): number | D {
  if (value === undefined) return otherwise;
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw refuse(place, `${option} is ${shownOption(value)}; give a whole number from ${least} on`);
}

export function refuse(place: FilePlace, problem: string): PlanError {
  return new PlanError(`The target ${place.target}: ${problem}.`, {
    operation,
    context: { target: place.target },
  });
}
