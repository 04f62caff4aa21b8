// Owns what a format says of how its files are to be read, and the check of it: formats are user code, and what manifests
// cannot hold would make the dataset unreadable once it is published.
import { shownOption } from '../../errors/check-options.js';
import { PlanError } from '../../errors/named-errors.js';
import type { Dialect, FormatDefinition } from '../format.js';

/** Bytes of JSON that a manifest has room for: it is read whole, at each start. */
const mostBytes = 4_096;

/** @throws PlanError for a dialect that is no plain object of texts and flags; whatever the format itself throws */
export function dialectOf(
  format: Pick<FormatDefinition, 'name' | 'dialect'>,
  options: unknown,
): Dialect | undefined {
  if (format.dialect === undefined) return undefined;
  const dialect: unknown = format.dialect(options);
  const refuse = (problem: string): PlanError =>
    new PlanError(
      `The format ${format.name} cannot be used: its dialect ${problem}. It tells readers of options as a ` +
        'plain object of texts ' +
        "and flags, { separator: ';', header: true }. Correct `dialect` in the module of the format.",
      { operation: 'begin output', context: { format: format.name } },
    );
  if (!isPlain(dialect))
    throw refuse(`is ${shownOption(dialect)}${dialect instanceof Promise ? ' (a promise)' : ''}`);
  // What has a getter is asked once: what was looked at is what is written.
  const checked = Object.entries(dialect).map(([option, value]) => {
    if (typeof value !== 'string' && typeof value !== 'boolean')
      throw refuse(`says ${shownOption(value)} of ${JSON.stringify(option)}`);
    return [option, value] as const;
  });
  const plain: Dialect = Object.fromEntries(checked);
  const bytes = Buffer.byteLength(JSON.stringify(plain));
  if (bytes > mostBytes) throw refuse(`has ${bytes} bytes, and manifests have room for ${mostBytes}`);
  return plain;
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A module of another realm has another Object.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
