// Owns the count of a stage's bad rows while it runs: what is set aside, how much of it is too much, and that rows that came
// are rows that were taken and rows that were refused. It never sees a good row.
import { TailraceError } from '../errors/tailrace-error.js';
import { type BadRow, badRowOf } from '../materialise/bad-row.js';
import type { StageOptions } from './graph.js';

/** Where the bad rows of a stage go: a node of the running graph. */
export interface RejectSink {
  /** It takes nothing more, whatever the reason. */
  readonly closed: boolean;
  onClosed(listener: () => void): void;
  push(row: BadRow): void;
  complete(): void;
  fail(error: TailraceError): void;
}

export interface Rejecter {
  /** Undefined where no row may be bad. */
  readonly rejected: number | undefined;
  /** Takes what `push` of the builder threw; gives back what the columns fail of, if they do. */
  take(error: unknown): unknown;
  /** All rows have come. Throws when too many of them were bad, or when some are neither taken nor refused. */
  finish(came: number, taken: number): void;
}

const badRowDefaults = { maxBadRows: 1_000, maxBadShare: 0.5 } as const;

export interface RejecterOptions {
  readonly pipeline: string;
  readonly stage: string;
  readonly settings: Pick<StageOptions, 'onBadRow' | 'maxBadRows' | 'maxBadShare'>;
  /** Refused in the run that has kept the rows which this one reads back. */
  readonly before: number;
  /** Undefined when bad rows are only counted. */
  readonly sink: RejectSink | undefined;
  /** Told how many more there are. */
  readonly tell: (rows: number) => void;
}

export function createRejecter(options: RejecterOptions): Rejecter {
  const { pipeline, stage, settings, sink } = options;
  const { maxBadRows = badRowDefaults.maxBadRows, maxBadShare = badRowDefaults.maxBadShare } = settings;
  const isStrict = (settings.onBadRow ?? 'fail') === 'fail';
  const context = { pipeline, stage };
  const where = `Stage '${stage}' of pipeline '${pipeline}'`;
  let rejected = options.before;
  let here = 0;
  let first: BadRow | undefined;

  const tooMany = (limit: string, remedy: string): TailraceError =>
    new TailraceError(
      `${where} has refused ${rejected} rows, which is more than ${limit}. The first was row ${first?.row}: ${first?.reason} ` +
        `${remedy} Nothing of the stage is published.`,
      { code: 'VALUE_INVALID', operation: 'refuse rows', context: { ...context, rejected } },
    );

  return {
    get rejected() {
      return isStrict ? undefined : rejected;
    },
    take(error) {
      if (isStrict) return error;
      const bad = badRowOf(error);
      if (bad === undefined) return error;
      first ??= bad;
      rejected += 1;
      here += 1;
      options.tell(1);
      // Deep into a run, a wrong type in every row is found after this many of them, and not at its end.
      if (rejected > maxBadRows)
        return tooMany(`maxBadRows allows (${maxBadRows})`, 'Mend the rows, or raise it.');
      if (sink === undefined) return undefined;
      if (sink.closed) {
        return new TailraceError(
          `${where} refused row ${bad.row}, but the output for such rows takes nothing more, so that it would ` +
            `be lost: ${bad.reason}`,
          { code: 'STAGE_FAILED', operation: 'refuse rows', context: { ...context, row: bad.row } },
        );
      }
      sink.push(bad);
      return undefined;
    },
    finish(came, taken) {
      if (came !== taken + here) {
        throw new TailraceError(
          `${where} was given ${came} rows, but took ${taken} and refused ${here}. Nothing of it is published; report this.`,
          {
            code: 'ENCODE_MISMATCH',
            operation: 'refuse rows',
            context: { ...context, came, taken, rejected: here },
          },
        );
      }
      if (here === 0 || here <= came * maxBadShare) return;
      throw tooMany(
        `maxBadShare allows (${maxBadShare} of ${came})`,
        'So many are rather a wrong schema than bad rows: look at it, or raise the share.',
      );
    },
  };
}
