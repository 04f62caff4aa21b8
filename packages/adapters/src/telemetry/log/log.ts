// Owns the lines that a run is worth in a log: begin and end of runs and outputs, retries, lost workers, advice. Never a
// line per batch or write, and no payloads.
import { PlanError, shownOption } from '@tailrace/core';
import type { Fact, OutputEnded, RunEnded, SaidError, WriteRetried } from '../facts/fact.js';
import { createGuard, createObserver, type Telemetry, type TelemetryOptions } from '../observer.js';

export type LogLevel = 'info' | 'warn' | 'error';
/** Takes a line; what it throws or rejects with is warned of once. */
export type LogFunction = (level: LogLevel, fields: LogFields, message: string) => unknown;
/** What pino, bunyan and their like look like. */
export interface LoggerLike {
  info(fields: LogFields, message: string): unknown;
  warn(fields: LogFields, message: string): unknown;
  error(fields: LogFields, message: string): unknown;
}

/** Names of a line; durations in milliseconds, sizes in bytes. */
export interface LogFields {
  readonly event: string;
  readonly pipeline?: string;
  readonly run?: string;
  readonly output?: string;
  readonly target?: string;
  readonly write?: string;
  readonly worker?: string;
  readonly state?: string;
  readonly attempt?: number;
  readonly delayMs?: number;
  readonly durationMs?: number;
  readonly rows?: number;
  readonly rejected?: number;
  readonly bytes?: number;
  readonly files?: number;
  readonly kind?: string;
  readonly left?: number;
  /** Under the name that pino gives to errors. */
  readonly err?: SaidError;
}

export interface LogOptions extends TelemetryOptions {
  /** Lines of retries, lost workers and full disks per run; of the others one line at its end says how many. Default 100. */
  readonly troubles?: number | undefined;
}

/** Lines about what goes wrong and on: bounded. */
interface Troubles {
  told: number;
  left: number;
}

/**
 * Writes lines about runs and pools to a logger.
 * @param to a logger such as pino's, or a function `(level, fields, message)`
 * @throws PlanError when it is neither, or an option is out of range
 */
export function runLog(to: LoggerLike | LogFunction, options: LogOptions = {}): Telemetry {
  const { troubles: mostTroubles = 100 } = options;
  if (!Number.isInteger(mostTroubles) || mostTroubles < 0) {
    throw new PlanError(
      `The option troubles of runLog() must be a whole number of at least 0, not ${mostTroubles}.`,
      { operation: 'open telemetry' },
    );
  }
  const guard = createGuard('The logger');
  const write = writerOf(to);
  const log: LogFunction = (level, fields, message) => guard(() => write(level, fields, message));
  const troubles = new Map<string, Troubles>();
  const runIds = new Map<string, string>();

  const named = (fact: Fact): Pick<LogFields, 'pipeline' | 'run'> => {
    const run = runIds.get(fact.root);
    return {
      ...(fact.pipeline === '' ? {} : { pipeline: fact.pipeline }),
      ...(run === undefined ? {} : { run }),
    };
  };
  const trouble = (fact: Fact, fields: LogFields, message: string): void => {
    const counted = troubles.get(fact.root) ?? { told: 0, left: 0 };
    // Of a pool, which may live for ever, nothing says when its troubles are over.
    if (runIds.has(fact.root)) troubles.set(fact.root, counted);
    if (counted.told >= mostTroubles) {
      counted.left += 1;
      return;
    }
    counted.told += 1;
    log('warn', { ...named(fact), ...fields }, message);
  };

  const onFact = (fact: Fact): void => {
    switch (fact.type) {
      case 'run.began':
        runIds.set(fact.root, fact.runId);
        log('info', { event: 'run.began', ...named(fact) }, `run of ${fact.pipeline} began`);
        break;
      case 'run.ended': {
        const { left = 0 } = troubles.get(fact.root) ?? {};
        troubles.delete(fact.root);
        if (left > 0)
          log('warn', { event: 'troubles.left', ...named(fact), left }, `${left} more retries and losses`);
        const fields = named(fact);
        runIds.delete(fact.root);
        log(levelOf(fact.state), { ...fields, ...ofRun(fact) }, `run of ${fact.pipeline} ${fact.state}`);
        break;
      }
      case 'run.reported': {
        const { report } = fact;
        if (report === undefined) break;
        const { kind, text } = report.advice;
        const { rows, bytes, runId: run } = report;
        log('info', { event: 'run.advice', pipeline: fact.pipeline, run, kind, rows, bytes }, text);
        break;
      }
      case 'output.ended':
        log(
          levelOf(fact.state),
          { ...named(fact), ...ofOutput(fact) },
          `output ${fact.output} ${fact.state}`,
        );
        break;
      case 'write.retried':
        trouble(fact, ofRetry(fact), `write ${fact.write} is tried again in ${Math.round(fact.delayMs)} ms`);
        break;
      case 'write.paused':
        trouble(
          fact,
          { event: 'write.paused', output: fact.output, write: fact.write },
          `write ${fact.write} waits for room on a full disk`,
        );
        break;
      case 'worker.lost': {
        const { worker, error, isDead } = fact;
        const after = isDead ? 'its place is given up' : 'another takes its place';
        trouble(
          fact,
          { event: 'worker.lost', worker, err: errOf(error) },
          `worker ${worker} was lost; ${after}`,
        );
        break;
      }
      default:
      // Not worth a line.
    }
  };
  return createObserver({ ...options, guard, onFact });
}

function writerOf(to: LoggerLike | LogFunction): LogFunction {
  if (typeof to === 'function') return to;
  const isLogger =
    typeof to === 'object' &&
    to !== null &&
    (['info', 'warn', 'error'] as const).every((level) => typeof to[level] === 'function');
  if (!isLogger) {
    throw new PlanError(
      `runLog() takes a logger with info, warn and error, or a function (level, fields, message), not ${shownOption(to)}.`,
      { operation: 'open telemetry' },
    );
  }
  return (level, fields, message) => to[level](fields, message);
}

function levelOf(state: RunEnded['state'] | OutputEnded['state']): LogLevel {
  if (state === 'failed') return 'error';
  return state === 'cancelled' ? 'warn' : 'info';
}

/** Loggers such as pino tell the name of its class as the type of an error: it is its code. */
function errOf(said: SaidError): SaidError {
  class Said implements SaidError {
    readonly code = said.code;
    readonly message = said.message;
  }
  Object.defineProperty(Said, 'name', { value: said.code });
  return new Said();
}

const ofRun = ({ state, durationMs, error }: RunEnded): LogFields => ({
  event: 'run.ended',
  state,
  durationMs: Math.round(durationMs),
  ...(error === undefined ? {} : { err: errOf(error) }),
});

const ofOutput = ({ output, state, durationMs, rows, bytes, files, error }: OutputEnded): LogFields => ({
  event: 'output.ended',
  output,
  state,
  durationMs: Math.round(durationMs),
  ...(state === 'done' ? { rows, bytes, files } : {}),
  ...(error === undefined || state === 'done' ? {} : { err: errOf(error) }),
});

const ofRetry = ({ output, write, attempt, delayMs, error }: WriteRetried): LogFields => ({
  event: 'write.retried',
  output,
  write,
  attempt,
  delayMs: Math.round(delayMs),
  err: errOf(error),
});
