// Owns what frames need of their session, and the options that every action has.
import type { TailraceError } from '@tailrace/core';
import type { ExecutionEvent } from '../client/execution.js';
import type { Plan } from '../protocol/command.js';
import type { Relation, Relations } from '../protocol/relation.js';
import type { AnalyzePlanRequest } from '../protocol/requests.js';
import type { AnalyzePlanResponse, ExecutePlanResponse } from '../protocol/responses.js';
import type { KeptPlans } from './kept-plans.js';

/** How far an execution has got. Spark plans stages while it works, so there is no true percentage. */
export interface SparkProgress {
  /** That are planned so far. */
  readonly stages: number;
  /** Of those stages. */
  readonly tasks: number;
  readonly completedTasks: number;
  readonly runningTasks: number;
  /** By all stages, from files and shuffles. */
  readonly bytesRead: number;
}

/** Options of everything that asks the server. */
export interface CallSettings {
  /** Gives up: what runs on the server for it is interrupted. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of everything that makes the server work. */
export interface ActionOptions extends CallSettings {
  /** Names by which `session.interrupt` finds this and others. Without commas. */
  readonly tags?: readonly string[];
  /** A UUID for this execution; a new one by default. */
  readonly operationId?: string;
  /** Told of tasks, every few seconds while the server works. It must not throw. */
  readonly onProgress?: (progress: SparkProgress) => void;
  /** Told when the stream of responses is cut, and when it goes on. */
  readonly onEvent?: (event: ExecutionEvent) => void;
}

export interface ExecuteOptions extends ActionOptions {
  /**
   * Whether the server keeps its responses until they are released, so that another connection can attach from the start.
   * Default false.
   */
  readonly isKept?: boolean;
}

export interface Engine {
  readonly sessionId: string;
  /** `127.0.0.1:15002`: what frames that are held are shared by, whichever session they are of. */
  readonly server: string;
  /** Whether that could not be reached when it was last tried for: it may be gone, and another one may come in its place. */
  readonly isAway: boolean;
  /** An id that no other relation of the session has. */
  newId(): bigint;
  /** A relation with an id of its own. */
  relation<K extends keyof Relations>(name: K, value: Relations[K]): Relation;
  /**
   * @param plan undefined for what was begun before under the operation's id
   * @param operation as a verb phrase for messages
   */
  execute(
    plan: Plan | undefined,
    operation: string,
    options: ExecuteOptions,
  ): AsyncGenerator<ExecutePlanResponse>;
  analyze<K extends AnalyzePlanRequest['analyze']['case']>(
    analyze: Extract<AnalyzePlanRequest['analyze'], { readonly case: K }>,
    operation: string,
    options: CallSettings & { readonly maxRetries?: number | undefined },
  ): Promise<Extract<AnalyzePlanResponse['result'], { readonly case: K }>['value']>;
  readonly kept: KeptPlans;
  /** Has closing the session wait for work that nobody else waits for, and that never rejects. */
  track(work: Promise<void>): void;
  /** Tells what went wrong without consequence. */
  warn(problem: TailraceError): void;
  /** Bytes that `collect` may hold. */
  readonly maxCollectBytes: number;
  /** Bytes that one batch may have. */
  readonly maxBatchBytes: number;
}
