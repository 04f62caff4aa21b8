// Owns the count of bytes that are held, and the two marks at which sources pause and resume. It never allocates.

/** How many bytes may be held, and when sources are told to wait. */
export interface BudgetOptions {
  /** Bytes that may be held. */
  readonly limitBytes: number;
  /** Fraction of the limit at which sources pause. Default 0.75. */
  readonly highWater?: number;
  /** Fraction of the limit at which they resume. Default 0.5. */
  readonly lowWater?: number;
}

/** What bytes are held for; reported by `stats()`. */
export type BudgetPurpose = 'builder' | 'batch' | 'encoder' | 'upload';

export interface Reservation {
  readonly bytes: number;
  /** Moves the same bytes to another purpose (a full builder becomes a batch). */
  assign(purpose: BudgetPurpose): void;
  resize(bytes: number): void;
  /** Idempotent. */
  release(): void;
}

export interface Budget {
  readonly limitBytes: number;
  readonly highWaterBytes: number;
  readonly lowWaterBytes: number;
  readonly usedBytes: number;
  readonly peakBytes: number;
  /** True from crossing the high-water mark until falling to the low one. */
  readonly saturated: boolean;
  used(purpose: BudgetPurpose): number;
  /** Always succeeds: admission is decided upstream by `saturated`, so that one item larger than all is still taken. */
  reserve(bytes: number, purpose: BudgetPurpose): Reservation;
  /**
   * Opens the budget up to its limit, until what is held has fallen to the low-water mark: for when nothing that is held
   * can be given back before more comes in.
   */
  relax(): void;
  /** Resolves when not saturated; rejects with the signal's reason. */
  whenOpen(signal?: AbortSignal): Promise<void>;
  /** Calls back on every change of `saturated`; returns how to stop that. */
  onChange(listener: (saturated: boolean) => void): () => void;
}
