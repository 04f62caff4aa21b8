// Owns what of an error leaves the process: its code and a message without values of rows and without credentials. Pure.
import { cleanBeginning } from '../../secrets/clean-text.js';
import type { SaidError } from './fact.js';

/** Characters of a message that are told. */
const mostCharacters = 1_024;

/** Errors of these are about values: their messages quote them, and their contexts say where they stand. */
const quoting: ReadonlySet<string> = new Set(['VALUE_INVALID', 'SCHEMA_INVALID']);
/** What may be said of where a value stands. */
const places = ['stage', 'output', 'path', 'line', 'row', 'column', 'type', 'byte'] as const;
/** A message about a place within a file may quote what stands there. */
const placesInFiles = ['line', 'row', 'byte'] as const;

/** Text without credentials, cut to 1,024 characters. */
export function saidText(text: string): string {
  // Long texts are cut first, so that no pattern works on megabytes.
  const beginning = text.slice(0, 4 * mostCharacters);
  const clean = cleanBeginning(beginning, text.slice(beginning.length));
  return clean.length <= mostCharacters ? clean : `${clean.slice(0, mostCharacters - 1)}…`;
}

/**
 * @param error in plain form, as actors hold it, or anything that was thrown
 * @param messages false where messages must not leave the process: the code stands for them
 */
export function saidError(error: unknown, messages: boolean): SaidError | undefined {
  if (error === undefined || error === null) return undefined;
  if (typeof error !== 'object')
    return { code: 'UNKNOWN', message: messages ? saidText(String(error)) : 'UNKNOWN' };
  const code = textOf(error, 'code') ?? textOf(error, 'name') ?? 'UNKNOWN';
  if (!messages) return { code, message: code };
  const context: unknown = Reflect.get(error, 'context');
  if (quoting.has(code)) return { code, message: placeOf('A value does not fit', context) };
  if (code === 'SOURCE_FAILED' && placesInFiles.some((key) => hasPlace(context, key)))
    return { code, message: placeOf('What was read is wrong', context) };
  return { code, message: saidText(textOf(error, 'message') ?? code) };
}

function placeOf(what: string, context: unknown): string {
  const known = places.flatMap((key) =>
    hasPlace(context, key) ? [`${key} ${String(Reflect.get(context, key))}`] : [],
  );
  return saidText(known.length === 0 ? `${what}.` : `${what}: ${known.join(', ')}.`);
}

function hasPlace(context: unknown, key: (typeof places)[number]): context is object {
  if (typeof context !== 'object' || context === null) return false;
  const value: unknown = Reflect.get(context, key);
  return typeof value === 'string' || typeof value === 'number';
}

function textOf(from: object, key: string): string | undefined {
  const value: unknown = Reflect.get(from, key);
  return typeof value === 'string' ? value : undefined;
}
