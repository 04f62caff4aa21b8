// Owns the check of options that came from JavaScript or from a configuration: which kind each must be, in the words of a
// PlanError that names it. What an option means is checked where it is used.
import { PlanError } from './named-errors.js';

const kinds = {
  text: ['text', (value: unknown): boolean => typeof value === 'string'],
  flag: ['true or false', (value: unknown): boolean => typeof value === 'boolean'],
  texts: [
    'a list of texts',
    (value: unknown): boolean => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  ],
  function: ['a function', (value: unknown): boolean => typeof value === 'function'],
  object: ['an object', (value: unknown): boolean => typeof value === 'object' && value !== null],
  count: [
    'a whole number from 1 on',
    (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1,
  ],
  whole: [
    'a whole number from 0 on',
    (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0,
  ],
  ms: [
    'a number of milliseconds from 0 on',
    (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  ],
} as const;

/** What an option must be, in a word: `ms` is a number of milliseconds. */
export type OptionKind = keyof typeof kinds;

/** A value as a message shows it. Never runs code of the value's. */
export function shownOption(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : typeof value === 'function' ? 'a function' : String(value);
}

/**
 * Throws a PlanError for the first option that is not of its kind. What is undefined counts as left out.
 * @param what takes the options, at the beginning of the sentence: `csv(out.csv)`
 * @param operation of the error: `declare file sink`
 */
export function checkKinds<O extends object>(
  what: string,
  options: O,
  expected: { readonly [K in keyof O & string]?: OptionKind },
  operation: string,
): void {
  for (const [option, kind] of Object.entries<OptionKind | undefined>(expected)) {
    // Every object can be read by name.
    const value = (options as Readonly<Record<string, unknown>>)[option];
    if (kind === undefined || value === undefined) continue;
    const [words, holds] = kinds[kind];
    if (holds(value)) continue;
    throw new PlanError(`${what}: the option ${option} must be ${words}, not ${shownOption(value)}.`, {
      operation,
      context: { option },
    });
  }
}
