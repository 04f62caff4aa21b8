// Owns what a process of `pattern` is asked for: the job, and the part of it that it is to play.

export interface Job {
  readonly rows: number;
  readonly batchRows: number;
  readonly outputs: number;
  /** Steps per row: what the stage costs. */
  readonly work: number;
  /** Made anew by every round. */
  readonly folder: string;
}

export type Role =
  /** The stage and its columns; nobody writes them. */
  | 'compute'
  /** Everything is computed already. */
  | 'write'
  | 'inline'
  | 'background'
  /** A pipeline with threads of its own, which begin and end with it. */
  | 'run'
  /** A thread that writes, and computes for itself what it writes. */
  | 'recomputed';

export interface Play {
  readonly role: Role;
  /** Undefined for what Tailrace chooses. */
  readonly workers: number | undefined;
  readonly job: Job;
}
