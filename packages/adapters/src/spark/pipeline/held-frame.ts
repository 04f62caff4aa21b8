// Owns a frame that Spark holds computed, as a stage of a pipeline gives it: a row of plain columns for the sinks of Spark, and a
// frame for the stages behind it.
import { type RowsElsewhere, rowsElsewhere, TailraceError, type Taker, takenBy } from '@tailrace/core';
import { bounded, toldOf } from '../client/releases.js';
import type { DataFrame } from '../frame/data-frame.js';
import type { CallSettings, Engine } from '../frame/engine.js';
import type { PlanText } from '../frame/plan-text.js';
import { seal } from './seal.js';

declare const holds: unique symbol;

/** What `materialiseFrame` gives. Its rows are with Spark: nothing of them is in this process. */
export class HeldFrame<out R extends object> implements RowsElsewhere<'Spark'> {
  /** Type-level only: a lazy frame is none of these. */
  declare readonly [holds]: R;
  /** The plan, for the thread that writes it, without its secrets. A column of this row. */
  readonly plan: string;
  /** The secrets of the plan, encrypted with a key that this process alone has; empty for none. The other column. */
  readonly sealed: string;
  readonly #frame: DataFrame<R>;
  readonly #rows: number | undefined;
  readonly #release: (options: CallSettings) => Promise<void>;
  readonly #taken: (by: Taker) => void;
  #released: Promise<void> | undefined;

  /** @param planText of the plan of the frame */
  constructor(
    frame: DataFrame<R>,
    { text, secrets }: PlanText,
    rows: number | undefined,
    release: (options: CallSettings) => Promise<void>,
    taken: (by: Taker) => void,
  ) {
    this.plan = text;
    this.sealed = seal(secrets);
    this.#frame = frame;
    this.#rows = rows;
    this.#release = release;
    this.#taken = taken;
  }

  /** Sinks of rows do not take it, nor does `flow.hold`: they would keep the plan. */
  get [rowsElsewhere](): 'Spark' {
    return 'Spark';
  }

  /** Spark holds it until that output has ended. */
  [takenBy](output: Taker): void {
    this.#taken(output);
  }

  /** The frame, to be computed on with: Spark reads what it holds. */
  get frame(): DataFrame<R> {
    return this.#frame;
  }

  /** How many rows it has; undefined when its trigger did not count them. */
  get rows(): number | undefined {
    return this.#rows;
  }

  /**
   * Has Spark let go of it. Once: later calls wait for the first.
   * @throws SparkError where Spark does not; CancelledError when the signal is aborted
   */
  release(options: CallSettings = {}): Promise<void> {
    this.#released ??= this.#release(options);
    return this.#released;
  }
}

/** What can be let go of. */
export interface Letting {
  readonly engine: Pick<Engine, 'track' | 'warn'>;
  release(options: CallSettings): Promise<void>;
}

/**
 * Lets go where nobody waits for how that goes, or another error is thrown anyway: what fails is warned of. A server that does
 * not answer is not waited for longer than two seconds; it is asked again when the session ends.
 */
export async function letGo(held: Letting): Promise<void> {
  const { engine } = held;
  const operation = 'release a held frame';
  const signal = AbortSignal.timeout(bounded.timeoutMs);
  const late = new Promise<TailraceError>((resolve) => {
    signal.addEventListener('abort', () => resolve(unanswered(operation)), { once: true });
  });
  const problem = await Promise.race([
    held.release({ signal }).then(
      () => undefined,
      (error: unknown) => (signal.aborted ? unanswered(operation) : toldOf(error, operation)),
    ),
    late,
  ]);
  if (problem !== undefined) engine.warn(problem);
}

function unanswered(operation: string): TailraceError {
  const seconds = bounded.timeoutMs / 1_000;
  return new TailraceError(
    `The server was asked to ${operation} and has not answered within ${seconds} s. It is asked again when the session ` +
      'is closed.',
    { code: 'ENGINE_FAILED', status: 'temporary', operation },
  );
}
