// Owns the NDJSON source: every line of a file is one JSON value, taken as it is or checked against a schema.
import { checkKinds, checkSchema, PlanError, type Schema, type Source, shownOption } from '@tailrace/core';
import { contentError } from '../file-error.js';
import { fingerprintOfFiles } from '../file-fingerprint.js';
import type { RemoteFile } from '../remote/remote-file.js';
import { checkUrls } from '../remote/stores.js';
import { eachFile, takesStores } from '../remote/with-stores.js';
import { readText, type TextFileOptions } from '../text/open-text.js';
import { jsonRowMaker } from './json-rows.js';

export interface ReadNdjsonOptions extends TextFileOptions {
  /** What bytes are written as. With a schema. Default `base64`. */
  readonly binary?: 'base64' | 'hex';
  /** Rows per chunk. Default 4,096. */
  readonly chunkRows?: number;
  /** Longest line in characters. Default 16,777,216. */
  readonly maxLineLength?: number;
}

export interface ReadNdjsonSchema<R> extends ReadNdjsonOptions {
  /** Columns to take from every object and their types; other keys are left out. */
  readonly schema: Schema<R>;
}

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * A source over a file of one JSON value per line: UTF-8, gzip, Brotli or Zstandard by the name ending `.gz`, `.br` or `.zst`,
 * empty lines skipped. (The window of a `.zst`, up to 128 MiB, is held while it is read, and no budget counts it.)
 *
 * Without a schema values are what JSON.parse makes of them; integers beyond 2^53 in the text are rounded by it, so
 * declare those. With a schema every line must be an object with its columns: 64-bit integers as numbers up to 2^53 or
 * as strings, dates, times and timestamps as ISO strings, durations as counts of their unit, decimals as strings, floats as
 * numbers or the strings `NaN`, `Infinity`, `-Infinity`, bytes as `binary` says; lists as arrays, structs as objects, maps as
 * objects when their keys are text, else as arrays of objects with key and value. Null or a missing key only where nulls are
 * declared.
 *
 * Opening throws SOURCE_FAILED for files that are missing and, with the line, for text that is no JSON; VALUE_INVALID
 * with line and column for values that do not fit.
 *
 * @param path of a file, or a URL of one in a store, which may be a pattern: `s3://bucket/prefix/*.ndjson`
 * @example readNdjson('events.ndjson.gz', { schema: defineSchema({ id: int64(), at: timestamp('ms') }) })
 */
export function readNdjson<R>(path: string, options: ReadNdjsonSchema<R>): Source<R>;
export function readNdjson(path: string, options?: ReadNdjsonOptions): Source<Json>;
export function readNdjson(
  path: string,
  options: ReadNdjsonOptions & { readonly schema?: Schema } = {},
): Source<unknown> {
  checkUrls('readNdjson', [path]);
  const { chunkRows = 4_096, maxLineLength = 16_777_216, binary = 'base64' } = options;
  for (const [option, value] of Object.entries({ chunkRows, maxLineLength })) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new PlanError(
      `${option} of '${path}' must be a positive whole number, got ${shownOption(value)}.`,
      {
        operation: 'declare source',
        context: { path },
      },
    );
  }
  if (binary !== 'base64' && binary !== 'hex') {
    throw new PlanError(`binary of '${path}' must be "base64" or "hex", got ${shownOption(binary)}.`, {
      operation: 'declare source',
      context: { path },
    });
  }
  if (options.schema !== undefined) checkSchema(options.schema, `readNdjson('${path}')`, 'declare source');
  checkKinds(`readNdjson('${path}')`, options, { gzip: 'flag' }, 'declare source');
  return {
    name: path,
    fingerprint: (signal) => fingerprintOfFiles([path], options, signal, 'readNdjson'),
    ...takesStores([path], options, (given) => readNdjson(path, given)),
    async *open(signal) {
      const { stores, schema } = options;
      for await (const { path: at, remote } of eachFile([path], { stores, what: 'readNdjson' }, signal)) {
        const toRow = schema === undefined ? undefined : jsonRowMaker(at, schema, binary);
        yield* rowsOfNdjson({ path: at, remote, options, toRow, chunkRows, maxLineLength, signal });
      }
    },
  };
}

interface Lines {
  readonly path: string;
  readonly remote: RemoteFile | undefined;
  readonly options: TextFileOptions;
  readonly toRow: ((value: unknown, line: number) => unknown) | undefined;
  readonly chunkRows: number;
  readonly maxLineLength: number;
  readonly signal: AbortSignal;
}

async function* rowsOfNdjson(lines: Lines): AsyncGenerator<readonly unknown[]> {
  const { path, remote, options, toRow, chunkRows, maxLineLength, signal } = lines;
  let line = 0;
  let rest = '';
  let chunk: unknown[] = [];
  const take = (text: string): void => {
    line += 1;
    // Also skips the carriage return of an empty line.
    if (text.trim() === '') return;
    const value = parseLine(path, text, line);
    chunk.push(toRow === undefined ? value : toRow(value, line));
  };
  for await (const piece of readText(path, options, signal, remote)) {
    const text = rest + piece;
    let at = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
      take(text.slice(at, end));
      at = end + 1;
      if (chunk.length >= chunkRows) {
        yield chunk;
        signal.throwIfAborted();
        chunk = [];
      }
    }
    rest = text.slice(at);
    if (rest.length > maxLineLength) {
      throw contentError(
        path,
        `has more than ${maxLineLength} characters on line ${line + 1}. Is it one JSON value per line? Otherwise raise maxLineLength.`,
        { line: line + 1 },
      );
    }
  }
  if (rest !== '') take(rest);
  if (chunk.length > 0) yield chunk;
}

function parseLine(path: string, text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const shown = JSON.stringify(text.slice(0, 80));
    throw contentError(
      path,
      `has no JSON value on line ${line}: ${shown} (${String(error)}).`,
      { line },
      error,
    );
  }
}
