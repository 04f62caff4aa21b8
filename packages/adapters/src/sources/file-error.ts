// Owns the errors of reading a file: always SOURCE_FAILED, always naming the file and what to do about it.
import { resolve } from 'node:path';
import { isTailraceError, messageOf, TailraceError } from '@tailrace/core';

const advice: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file; check the path and the current directory.',
  EACCES: 'Permission to read it is missing.',
  EISDIR: 'It is a directory; give the paths of the files in it.',
  EMFILE: 'Too many files are open; raise the limit of the operating system (ulimit -n).',
};

/** SOURCE_FAILED for anything thrown while `operation` was done on the file; members of the family pass unchanged. */
export function fileError(path: string, operation: string, error: unknown): TailraceError {
  if (isTailraceError(error)) return error;
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  const cwd = process.cwd();
  const absolute = resolve(cwd, path);
  const where = absolute === path ? `'${path}'` : `'${path}' (in current directory '${cwd}')`;
  const hint = code === undefined ? undefined : advice[code];
  return new TailraceError(
    `Cannot ${operation} ${where}: ${messageOf(error)}.${hint === undefined ? '' : ` ${hint}`}`,
    {
      code: 'SOURCE_FAILED',
      operation,
      context: { path, cwd, ...(code === undefined ? {} : { cause: code }) },
      cause: error,
    },
  );
}

/** SOURCE_FAILED for a file whose content is wrong. */
export function contentError(
  path: string,
  problem: string,
  context: Readonly<Record<string, string | number>> = {},
  cause?: unknown,
): TailraceError {
  return new TailraceError(`'${path}' ${problem}`, {
    code: 'SOURCE_FAILED',
    operation: 'read file',
    context: { path, ...context },
    cause,
  });
}

/**
 * What a library says of damaged data. Where it meets something that is not there, the engine speaks of the library's own
 * program, which tells nobody anything.
 */
export function saidOf(error: unknown): string {
  const isOfProgram =
    error instanceof TypeError ||
    (error instanceof RangeError &&
      /typed array|array length|out of bounds|outside the bounds/i.test(error.message));
  return isOfProgram ? 'it refers to what is not there' : messageOf(error);
}
