// Owns what a benchmark case is: what it is called, how it runs, and the figures and bars that come out of it.

/** In the order of the page. */
export const caseNames = [
  'pattern',
  'rows',
  'columns',
  'loop',
  'memory',
  'scale',
  'overhead',
  'text',
] as const;
export type CaseName = (typeof caseNames)[number];

export interface BenchCase {
  readonly name: CaseName;
  readonly title: string;
  /** What is measured, on which data, with which settings; Markdown, for the page. */
  readonly about: string;
  run(context: BenchContext): Promise<CaseResult>;
}

export interface BenchContext {
  /** Smaller sizes and fewer rounds: under a minute, for a look; bars still apply, with less weight. */
  readonly quick: boolean;
  /** An empty folder of the case's own on a real disk; removed afterwards. */
  readonly folder: string;
  /** Aborted when the user gives up: child processes end with it. */
  readonly signal: AbortSignal;
  /** One line about what is going on, to standard error. */
  readonly progress: (line: string) => void;
}

export interface Measure {
  readonly contender: string;
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /**
   * This contender's figure divided by Tailrace's of the same metric: the median over rounds of the ratio within one
   * round, or the ratio of the medians where rounds do not pair. Null where Tailrace has no such figure.
   */
  readonly ratioToTailrace: number | null;
}

/** A figure that was promised. */
export interface Bar {
  readonly text: string;
  readonly sense: 'at least' | 'at most';
  readonly wanted: number;
  readonly measured: number;
  readonly unit: string;
}

export interface CaseResult {
  readonly measures: readonly Measure[];
  readonly bars: readonly Bar[];
  readonly plots: readonly Plot[];
  /** What a reader must know to judge the figures: what was left out, who could not take part and why. */
  readonly notes: readonly string[];
}

/** A drawing of some measures, made into SVG by the page. */
export type Plot = BarPlot | LinePlot;

export interface BarPlot {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly { readonly label: string; readonly value: number; readonly own: boolean }[];
}

export interface LinePlot {
  readonly kind: 'lines';
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly {
    readonly label: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export interface Axis {
  readonly label: string;
  readonly log: boolean;
}
