// Owns what an errno means for a run: whether trying again can help, and what a person is told to do about it.
import { type ErrorStatus, isTailraceError, messageOf, TailraceError } from '../../errors/tailrace-error.js';

const temporary = {
  ENOSPC: 'The disk is full: free some space',
  EDQUOT: 'The disk quota is used up: free some space or have it raised',
  EMFILE: 'This process has too many files open: raise `ulimit -n` or write fewer partitions at once',
  ENFILE: 'The machine has too many files open: close some programs',
  ENOMEM: 'The system is out of memory: close some programs',
  EAGAIN: 'The system is short of resources for the moment: try again',
  EBUSY: 'Something else is using the path: close it and try again',
  EINTR: 'The call was interrupted: try again',
  EIO: 'The device reported an error: look at the system log and check the disk',
  ESTALE: 'The network file system lost the file: check the mount',
  ETIMEDOUT: 'The file system did not answer in time: check the mount',
} as const;

const permanent = {
  EACCES: 'Permission is missing: give this user the right to write there, or write elsewhere',
  EPERM: 'The system forbids it: check owner, attributes and mount options, or write elsewhere',
  EROFS: 'The file system is read-only: mount it writable or write elsewhere',
  ENOTDIR: 'A part of the path is a file: remove that file or write elsewhere',
  EISDIR: 'A directory is in the place of a file: remove it or write elsewhere',
  ENAMETOOLONG: 'The name is too long for the file system: choose a shorter path or shorter partition values',
  ELOOP: 'Too many symbolic links on the path: write to the real path',
  ENOENT: 'It does not exist any more: something else removed it while this run was using it',
  EEXIST: 'It exists already: something else created it while this run was using the place',
  ENOTEMPTY: 'The directory is not empty: something else wrote into it while this run was using the place',
  EXDEV:
    'It lies on another device or file system layer: write to a directory that is not itself a mount point',
  EINVAL: 'The file system does not support the operation: write to a local file system',
  ENOTSUP: 'The file system does not support the operation: write to a local file system',
  EMLINK: 'A file has too many hard links: use mode overwrite once to write it afresh',
} as const;

export interface FailedStep {
  /** Verb phrase for the message: `write to`, `publish`. */
  readonly step: string;
  readonly path: string;
  readonly output: string;
  /** Overrides what the errno says. */
  readonly status?: ErrorStatus | undefined;
  /** Replaces the advice of the errno. */
  readonly advice?: string | undefined;
}

/** Name of the errno of a failed call, if it is one: `ENOSPC`. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || isTailraceError(error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True when the call failed with one of these errnos. */
export function failedWith(error: unknown, ...errnos: readonly string[]): boolean {
  const errno = errnoOf(error);
  return errno !== undefined && errnos.includes(errno);
}

/** STORE_FAILED for a failed call; members of the family pass unchanged. */
export function storeError(error: unknown, failed: FailedStep): TailraceError {
  if (isTailraceError(error)) return error;
  const errno = errnoOf(error);
  const advice = failed.advice ?? adviceFor(errno);
  return new TailraceError(
    `Could not ${failed.step} ${failed.path}: ${errno ?? messageOf(error)}. ${advice}.`,
    {
      code: 'STORE_FAILED',
      operation: failed.step,
      status: failed.status ?? (errno !== undefined && errno in permanent ? 'permanent' : 'temporary'),
      context: { path: failed.path, output: failed.output, errno },
      cause: error,
    },
  );
}

/** Runs a step and turns what it throws into a STORE_FAILED. */
export async function attemptStep<T>(failed: FailedStep, step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (error) {
    throw storeError(error, failed);
  }
}

function adviceFor(errno: string | undefined): string {
  const known: Readonly<Record<string, string>> = { ...temporary, ...permanent };
  return (errno === undefined ? undefined : known[errno]) ?? 'See the cause of this error';
}
