// Owns how one try at a write is named between machines, pool and workers.
export interface WriteRef {
  readonly writeId: string;
  readonly attempt: number;
  /** The attempt must have a worker of its own: two died under this write. */
  readonly isolated: boolean;
}
