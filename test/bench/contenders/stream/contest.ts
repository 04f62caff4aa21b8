// Owns what contenders of `loop` and `memory` are given: readings that are made on the fly, to be written as they come.

export interface StreamOptions {
  /** How many rows a round writes. */
  readonly rows: number;
  readonly observe:
    | {
        /** The delay of the event loop, while a service on the main thread answers requests at this path of a socket. */
        readonly what: 'loop';
        readonly socket: string;
      }
    | {
        /** The resident set, above what it is after so many rows have been written once. */
        readonly what: 'memory';
        readonly warmRows: number;
      };
  /** Rows of a row group, for writers that leave it to their user. */
  readonly groupRows?: number;
}

export interface StreamRound {
  /** A file, or a folder for contenders that write several; there is nothing at it yet. */
  readonly path: string;
}

/** Figures of `observe: 'loop'`, in milliseconds. */
export const loopFigures = { p50: 'delay p50', p99: 'delay p99', max: 'delay max' } as const;

/** Figures of `observe: 'memory'`, in MiB. */
export const memoryFigures = {
  warm: 'warm',
  peak: 'peak above warm',
  /** From the half of the time to its end, by a fitted line. */
  growth: 'growth in the second half',
} as const;

/** Points of the resident set over a round, at `resident 0` to `resident 50`. */
export const residentPoints = 51;
export const residentAt = (point: number): string => `resident ${point}`;
