// Owns what a contender is: a module that a child process loads, opens once and runs round by round. It starts nothing.

/** A contender, set up and ready. */
export interface Contender<Input> {
  /**
   * Does the work once. All of it counts, unless `watch` says otherwise.
   * @returns figures of its own beside time and memory, by metric
   */
  round(input: Input, watch: Watch): Promise<Figures>;
  close(): Promise<void>;
}

export type Figures = Readonly<Record<string, number>>;

/** Sets up a contender; a module of a contender exports one as `open`. Its options crossed a process: plain data. */
export type OpenContender<Options, Input> = (options: Options) => Promise<Contender<Input>>;

/** Leaves preparation and clearing up out of a round's time, CPU and memory. */
export interface Watch {
  /** The work begins here: what was before does not count. */
  start(): void;
  /** The work ends here. */
  stop(): void;
}

/** What one round cost, all threads of the process included. */
export interface RoundReport {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Processor time that the rest of the machine had meanwhile; 0 where the system cannot tell. */
  readonly othersSeconds: number;
  /** Largest resident set during the round; where the system cannot tell, since the process began. */
  readonly peakRssBytes: number;
  /** Resident set as the round began, after a garbage collection. */
  readonly startRssBytes: number;
  readonly figures: Figures;
}

export type ToContender =
  | { readonly kind: 'open'; readonly module: string; readonly options: unknown }
  | { readonly kind: 'round'; readonly input: unknown }
  | { readonly kind: 'close' };

export type FromContender =
  | { readonly kind: 'opened' }
  | { readonly kind: 'done'; readonly report: RoundReport }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'closed' };
