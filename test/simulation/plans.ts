// Owns the words for what is to happen in a simulated world: plain data.
import type { DiskTrouble } from './faults.js';
import type { Target } from './observe.js';
import type { ThreadTrouble } from './threads.js';

export interface OutputPlan {
  readonly name: string;
  /** Number of the target in the scenario. */
  readonly target: number;
  readonly mode: 'error' | 'overwrite' | 'append' | 'overwritePartitions';
  readonly without: number;
  /** It is given rows of these partitions only; undefined: of all. */
  readonly parts: readonly string[] | undefined;
  readonly writeRows: number;
  readonly maxPartRows: number | undefined;
  /** Tries that the retry policy allows, 1 for none. */
  readonly attempts: number;
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly reserveBytes: number;
  readonly slow: 'pace' | 'spill';
  readonly gathers: boolean;
  readonly deadlyRow: number | undefined;
  readonly poisonRow: number | undefined;
  readonly flakyRow: number | undefined;
}

export interface ProcessPlan {
  readonly name: string;
  /** Whose rows it writes: its own, or those of the job that it is a run of. */
  readonly by: string;
  readonly rows: number;
  readonly textLength: number;
  readonly chunkRows: number;
  readonly batchRows: number;
  /** The source throws after so many rows. */
  readonly sourceFailsAt: number | undefined;
  readonly workers: number;
  readonly openPerWorker: number;
  readonly graceMs: number;
  readonly maxRestarts: number;
  /** Budget beyond the least that the run needs. */
  readonly spareBytes: number;
  readonly failFast: boolean;
  readonly abortAtMs: number | undefined;
  readonly outputs: readonly OutputPlan[];
  /** Names of outputs that commit together, in their order. */
  readonly group: readonly string[] | undefined;
  readonly job: JobPlan | undefined;
  /** How it ends before its time: at a step of the world or at a call that changes names, counted from its start. */
  readonly end: EndPlan | undefined;
  /** Milliseconds after the world's beginning at which it begins, if the one before need not have ended. */
  readonly startMs: number | undefined;
}

export interface EndPlan {
  readonly how: 'kill -9' | 'power cut';
  /** `decision`: a naming call after a group was decided. */
  readonly at: 'step' | 'naming call' | 'decision';
  readonly count: number;
}

/** A run of a job that is resumed. */
export interface JobPlan {
  readonly directory: string;
  readonly durable: boolean;
  /** Something damages the journal before it begins; it must say so. A share of the journal's length. */
  readonly damageAt: number | undefined;
  /** Nothing goes wrong any more: the job must come to its end. */
  readonly isLast: boolean;
}

export interface Scenario {
  readonly seed: number;
  readonly targets: readonly (Target & { readonly existing: boolean })[];
  readonly disk: DiskTrouble;
  readonly threads: ThreadTrouble;
  readonly processes: readonly ProcessPlan[];
  /** Every actor is inspected. */
  readonly watched: boolean;
}
