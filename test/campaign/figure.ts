// Owns what a campaign reports: how often it tried, what went wrong, and the row of docs/guarantees.md that says so.
import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';

/**
 * Milliseconds after which what has not ended is held to hang. What hangs never ends, so that a long limit finds it as surely
 * as a short one; on a machine that has much else to do, a trial that takes a second alone may take a minute.
 */
export const hangMs = 300_000;

/** What a reader found that must not be. Every trial adds one to `tried`. */
export interface Counts {
  tried: number;
  /** Rows of an output that was done, or of the version before, are gone. */
  lost: number;
  /** Rows are there twice, or a commit is. */
  duplicated: number;
  /** Some rows of a version are there, and others not. */
  halfVisible: number;
  /** A value is not the one that was written, or an end is not one that is promised. */
  altered: number;
  hung: number;
}

export interface Figure {
  readonly name: string;
  readonly seed: number;
  readonly counts: Counts;
  /** One sentence for each thing that went wrong: what, and in which trial. */
  readonly problems: readonly string[];
  /** What else was counted: kills by system call, images by file system. */
  readonly details: Readonly<Record<string, number | string>>;
  readonly seconds: number;
}

/** How much a campaign does; it ends at whichever comes first. */
export interface Extent {
  readonly seed: number;
  /** Number of trials. */
  readonly trials: number;
  readonly minutes?: number | undefined;
  /** Told after each trial. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface Tally {
  readonly counts: Counts;
  readonly problems: string[];
  readonly details: Record<string, number>;
  /** Adds one to a count, with what was seen. */
  bad(what: Exclude<keyof Counts, 'tried'>, seen: string): void;
  detail(name: string): void;
  /**
   * True once the time or the number of trials is used up.
   * @param running trials of other lanes that have begun and may still count
   */
  isOver(running?: number): boolean;
  figure(name: string): Figure;
}

export function createTally({ seed, trials, minutes, onProgress }: Extent): Tally {
  const startedAt = performance.now();
  const counts: Counts = { tried: 0, lost: 0, duplicated: 0, halfVisible: 0, altered: 0, hung: 0 };
  const problems: string[] = [];
  const details: Record<string, number> = {};
  const elapsedMs = (): number => performance.now() - startedAt;
  let told = 0;
  return {
    counts,
    problems,
    details,
    bad: (what, seen) => {
      counts[what] += 1;
      problems.push(`${what}: ${seen}`);
      onProgress?.(`${what}: ${seen}`);
    },
    detail: (name) => {
      details[name] = (details[name] ?? 0) + 1;
    },
    isOver: (running = 0) => {
      if (elapsedMs() - told > 30_000) {
        told = elapsedMs();
        onProgress?.(`${counts.tried} tried, ${problems.length} bad, ${Math.round(told / 1000)} s`);
      }
      return counts.tried + running >= trials || (minutes !== undefined && elapsedMs() > minutes * 60_000);
    },
    figure: (name) => ({
      name,
      seed,
      counts,
      problems,
      details,
      seconds: Math.round(elapsedMs() / 1_000),
    }),
  };
}

export const tableHead: string =
  '| figure | tried | lost | duplicated | half visible | altered | hung | seed | commit | machine |\n' +
  '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |';

/** The row of a figure, with the commit that is checked out and this machine. */
export function tableRow({ name, seed, counts }: Figure): string {
  const { tried, lost, duplicated, halfVisible, altered, hung } = counts;
  const cells = [name, tried, lost, duplicated, halfVisible, altered, hung, seed, commit(), machine()];
  return `| ${cells.join(' | ')} |`;
}

export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'no repository';
  }
}

export function machine(): string {
  const found = cpus();
  return `${found.length} x ${found[0]?.model.trim() ?? 'unknown'}, Linux ${release()}, Node ${process.version}`;
}
