// Owns the defaults and checks of what a caller may say about a pool and an output.
import { parseBytes } from '../budget/parse-bytes.js';
import { checkKinds, shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import { createMemory } from '../materialise/create-memory.js';
import type { Memory } from '../materialise/memory.js';
import { type RetryBudgetOptions, retryLimits } from '../retry/budget.js';
import { exponential } from '../retry/policies.js';
import type { RetryPolicy } from '../retry/policy.js';
import type { Sink } from '../sink/sink.js';
import type { OutputSettings } from './output-record.js';

/** What may be said of an output, wherever it is declared. */
export interface OutputOptions {
  /**
   * What becomes of an attempt that failed. Default: 3 attempts, exponential backoff with full jitter. Example:
   * `exponential({ attempts: 5 })`.
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Retries that the writes of this output may have in all, besides what `retry` allows each: 10, or one for every five
   * writes. Then failures are final.
   */
  readonly retryBudget?: RetryBudgetOptions | undefined;
  /**
   * `fail` (default): a full disk is an error like others. `wait`: the output is paused, and tried again until there is
   * room; what feeds it waits meanwhile.
   */
  readonly onDiskFull?: 'fail' | 'wait' | undefined;
  /** Milliseconds to wait for room on a full disk at most; 0 for no limit. Default 3,600,000: an hour. */
  readonly diskFullTimeoutMs?: number | undefined;
  /** Milliseconds an attempt may take once its write has all its batches; 0, the default, for no limit. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds without progress after which a write counts as stalled (it is only shown). Default 30,000. */
  readonly stallMs?: number | undefined;
  /**
   * What happens when this output is slower than its siblings: with `pace` (default) sources run at its pace; with
   * `spill` its batches go to scratch storage instead.
   */
  readonly slow?: 'pace' | 'spill' | undefined;
  /** Rows after which a write is cut. Default 1,048,576. */
  readonly writeRows?: number | undefined;
  /** Bytes in memory after which a write is cut: a number, or such as `'32MiB'`. Default an eighth of the budget. */
  readonly writeBytes?: number | string | undefined;
}

const defaultMemory = '256MiB';

export function checkWorkers(workers: number | 'auto' = 'auto'): number | 'auto' {
  if (workers === 'auto') return workers;
  if (Number.isInteger(workers) && workers >= 0 && workers <= 256) return workers;
  throw new PlanError(
    `workers must be 'auto' or a whole number from 0 (no threads) to 256, not ${shownOption(workers)}.`,
    { operation: 'set up pool' },
  );
}

export function memoryOf(
  memory: string | number | Memory | undefined,
  scratchDir: string | undefined,
): Memory {
  const operation = 'set up pool';
  checkKinds('Pool', { scratchDir }, { scratchDir: 'text' }, operation);
  if (typeof memory === 'object') {
    // From JavaScript anything can come.
    const given: Partial<Memory> | null = memory;
    if (given !== null && typeof given.budget === 'object' && typeof given.slabs === 'object') return memory;
    throw new PlanError(
      `memory must be an amount such as '256MiB', or what createMemory gave, not ${shownOption(memory)}.`,
      { operation },
    );
  }
  return createMemory({
    limitBytes: parseBytes(memory ?? defaultMemory, 'memory'),
    ...(scratchDir === undefined ? {} : { scratchDir }),
  });
}

const positive = (value: number | undefined, option: string, fallback: number): number => {
  if (value === undefined) return fallback;
  if (Number.isFinite(value) && value > 0) return value;
  throw new PlanError(`${option} must be a number above 0, not ${shownOption(value)}.`, {
    operation: 'declare output',
  });
};

const refused = (output: string, problem: string): PlanError =>
  new PlanError(`Output ${output}: ${problem}.`, { operation: 'declare output' });

const orNoLimit = (valueMs: number, output: string, option: string): number => {
  if (Number.isFinite(valueMs) && valueMs >= 0) return valueMs;
  throw refused(output, `${option} must be 0 (no limit) or more, not ${shownOption(valueMs)}`);
};

export function settingsOf(
  name: string,
  sink: Sink<never>,
  runId: string,
  limitBytes: number,
  options: OutputOptions & Partial<Pick<OutputSettings, 'schema' | 'around' | 'group' | 'onSealed'>> = {},
): OutputSettings {
  checkKinds(
    `Output ${shownOption(name)}`,
    { ...options, name },
    { name: 'text', retry: 'function', retryBudget: 'object' },
    'declare output',
  );
  const { onDiskFull = 'fail', slow = 'pace' } = options;
  if (slow !== 'pace' && slow !== 'spill') {
    throw refused(name, `slow must be 'pace' or 'spill', not ${shownOption(slow)}`);
  }
  if (onDiskFull !== 'fail' && onDiskFull !== 'wait') {
    throw refused(name, `onDiskFull must be 'fail' or 'wait', not ${shownOption(onDiskFull)}`);
  }
  return {
    name,
    sink,
    runId,
    retry: options.retry ?? exponential(),
    retryLimits: retryLimits(options.retryBudget, { minRetries: 10 }),
    onDiskFull,
    diskFullTimeoutMs: orNoLimit(options.diskFullTimeoutMs ?? 3_600_000, name, 'diskFullTimeoutMs'),
    timeoutMs: orNoLimit(options.timeoutMs ?? 0, name, 'timeoutMs'),
    stallMs: positive(options.stallMs, `stallMs of output ${name}`, 30_000),
    slow,
    writeRows: positive(options.writeRows, `writeRows of output ${name}`, 1_048_576),
    writeBytes:
      options.writeBytes === undefined ? limitBytes / 8 : parseBytes(options.writeBytes, 'writeBytes'),
    schema: options.schema,
    around: options.around,
    group: options.group,
    onSealed: options.onSealed,
  };
}
