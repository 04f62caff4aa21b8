// Owns what an errno means: whether trying again can help, and what a person is told to do about it. docs/errors.md
// lists this table.

/** Whether trying the same thing again can help. Retry policies read nothing else. */
export type ErrorStatus = 'permanent' | 'temporary';

const temporary = {
  ENOSPC: 'The disk is full: free some space',
  EDQUOT: 'The disk quota is used up: free some space or have it raised',
  EMFILE: 'This process has too many files open: raise `ulimit -n` or write fewer partitions at once',
  ENFILE: 'The machine has too many files open: close some programs',
  ENOMEM: 'The system is out of memory: close some programs',
  ENOBUFS: 'The system is out of memory for its network: close some programs',
  ENOLCK: 'The system has no locks left: close some programs',
  EAGAIN: 'The system is short of resources for the moment: try again',
  EBUSY: 'Something else is using the path: close it and try again',
  EINTR: 'The call was interrupted: try again',
  EIO: 'The device reported an error: look at the system log and check the disk',
  ESTALE: 'The network file system lost the file: check the mount',
  ENOTCONN: 'The file system is not connected any more: check the mount',
  ETIMEDOUT: 'There was no answer in time: check the mount or the network',
  ECONNREFUSED: 'Nothing listens at the address: check that the service runs',
  ECONNRESET: 'The other side closed the connection: try again',
  ECONNABORTED: 'The connection was given up: try again',
  EPIPE: 'The other side has stopped reading: try again',
  EHOSTUNREACH: 'The host cannot be reached: check the network',
  ENETUNREACH: 'The network cannot be reached: check the network',
  ENETDOWN: 'The network is down: check the network',
  ENOTFOUND: 'The name of the host is not known: check the name and the network',
  EAI_AGAIN: 'The name of the host could not be looked up for the moment: try again',
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
  EFBIG:
    'The file is larger than the file system or `ulimit -f` allows: write smaller files or raise the limit',
  EINVAL: 'The file system does not support the operation: write to a local file system',
  ENOSYS: 'The file system does not support the operation: write to a local file system',
  ENOTSUP: 'The file system does not support the operation: write to a local file system',
  EOPNOTSUPP: 'The file system does not support the operation: write to a local file system',
  EMLINK: 'A file has too many hard links: use mode overwrite once to write it afresh',
} as const;

export interface ErrnoMeaning {
  readonly status: ErrorStatus;
  /** A sentence without its full stop. */
  readonly advice: string;
}

/** Every errno that is known, by name. */
export const errnos: ReadonlyMap<string, ErrnoMeaning> = new Map([
  ...Object.entries(temporary).map(([errno, advice]) => meaning(errno, 'temporary', advice)),
  ...Object.entries(permanent).map(([errno, advice]) => meaning(errno, 'permanent', advice)),
]);

function meaning(errno: string, status: ErrorStatus, advice: string): [string, ErrnoMeaning] {
  return [errno, { status, advice }];
}

/** True for the errnos that say that a disk, or a quota on it, is full. */
export function isDiskFull(errno: unknown): boolean {
  return errno === 'ENOSPC' || errno === 'EDQUOT';
}
