// Owns the contract of a lease: one run at a time holds a target, among all processes of the machine.

/** A held target. */
export interface Lease {
  /** Lets go. Idempotent; must not throw. */
  release(): Promise<void>;
}

export interface Leases {
  /** Resolves with undefined when another run, of this process or of another one, holds the path. */
  take(realPath: string): Promise<Lease | undefined>;
}
