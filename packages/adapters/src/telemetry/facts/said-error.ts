// Owns what of an error leaves the process: its code and a message without values of rows and without credentials. Pure.
import type { SaidError } from './fact.js';

/** Characters of a message that are told. */
const mostCharacters = 1_024;

/** Errors of these are about values: their messages quote them, and their contexts say where they stand. */
const quoting: ReadonlySet<string> = new Set(['VALUE_INVALID', 'SCHEMA_INVALID']);
/** What may be said of such a value. */
const places = ['stage', 'output', 'row', 'column', 'type'] as const;

/** `user:password@` of an address. */
const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#@]*@/gi;
/** What follows the `?` of an address: signatures and tokens are there. */
const query = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s?#'"]*)\?[^\s'"]*/gi;
/** `password=...`, `"token": "..."`, `Authorization: Bearer ...`. */
const named =
  /\b([\w-]*(?:password|passwd|secret|token|signature|api[_-]?key|access[_-]?key|account[_-]?key|credential)s?)(["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi;
const authorization =
  /\b(authorization["']?\s*[:=]\s*["']?(?:[a-z]+\s+)?|bearer\s+|basic\s+)[\w+/=.~-]{8,}/gi;

/** Text without credentials, as far as these can be told by their form, and cut to 1,024 characters. */
export function withoutSecrets(text: string): string {
  const clean = text
    // Long texts are cut first, so that no pattern works on megabytes; what the cut halves goes with the second one.
    .slice(0, 4 * mostCharacters)
    .replace(userInfo, '$1***@')
    .replace(query, '$1?***')
    .replace(authorization, '$1***')
    .replace(named, '$1$2***');
  return clean.length <= mostCharacters ? clean : `${clean.slice(0, mostCharacters - 1)}…`;
}

/**
 * @param error in plain form, as actors hold it, or anything that was thrown
 * @param messages false where messages must not leave the process: the code stands for them
 */
export function saidError(error: unknown, messages: boolean): SaidError | undefined {
  if (error === undefined || error === null) return undefined;
  if (typeof error !== 'object')
    return { code: 'UNKNOWN', message: messages ? withoutSecrets(String(error)) : 'UNKNOWN' };
  const code = textOf(error, 'code') ?? textOf(error, 'name') ?? 'UNKNOWN';
  if (!messages) return { code, message: code };
  if (quoting.has(code)) return { code, message: placeOf(error) };
  return { code, message: withoutSecrets(textOf(error, 'message') ?? code) };
}

function placeOf(error: object): string {
  const context: unknown = Reflect.get(error, 'context');
  if (typeof context !== 'object' || context === null) return 'A value does not fit.';
  const known = places.flatMap((key) => {
    const value: unknown = Reflect.get(context, key);
    return typeof value === 'string' || typeof value === 'number' ? [`${key} ${value}`] : [];
  });
  return withoutSecrets(`A value does not fit: ${known.join(', ')}.`);
}

function textOf(from: object, key: string): string | undefined {
  const value: unknown = Reflect.get(from, key);
  return typeof value === 'string' ? value : undefined;
}
