// Owns what contenders of `rows` are given: where the flights lie, and where to write them.

export interface RowsOptions {
  /** Folder in which `prepareFlights` has put them. */
  readonly flights: string;
  /** How many of them this contender writes. */
  readonly rows: number;
}

export interface RowsRound {
  /** A file, or a folder for contenders that write several; there is nothing at it yet. */
  readonly path: string;
}
