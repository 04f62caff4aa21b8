// Owns the reading of byte amounts as people write them: `256MiB`, `1.5 GB`, or a plain number of bytes.
import { shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';

const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Bytes from a positive number of bytes or a text such as `256MiB`, `1.5GiB`, `300 MB` (1 MB = 1,000,000 bytes,
 * 1 MiB = 1,048,576). Fractions of a byte are rounded down.
 * @param option what the amount is for, named in the message. Throws PLAN_INVALID for anything else.
 */
export function parseBytes(amount: string | number, option = 'memory'): number {
  const bytes = typeof amount === 'number' ? amount : bytesOf(amount);
  if (Number.isFinite(bytes) && bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER) return Math.floor(bytes);
  throw new PlanError(
    `The option ${option} must be an amount of bytes such as 268435456, "256MiB" or "1.5GB"; it was ${shownOption(amount)}.`,
    { operation: `read option ${option}` },
  );
}

function bytesOf(text: unknown): number {
  const match = typeof text === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text) : null;
  if (match === null) return Number.NaN;
  const unit = (match[2] ?? '').toLowerCase();
  return (
    Number(match[1]) *
    (unit === '' ? 1 : Object.hasOwn(units, unit) ? (units[unit] ?? Number.NaN) : Number.NaN)
  );
}
