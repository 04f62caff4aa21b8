// Owns what frames ask of their session: plans executed and analysed over its connection, and ids for relations.
import { randomUUID } from 'node:crypto';
import type { Connection } from '../client/connection.js';
import { execute } from '../client/execution.js';
import type { Engine, SparkProgress } from '../frame/engine.js';
import { createKeptPlans } from '../frame/kept-plans.js';
import type { Relation } from '../protocol/relation.js';
import type { ExecutionProgress } from '../protocol/responses.js';
import { checkTags } from './session-options.js';

export interface EngineSettings {
  readonly server: string;
  readonly maxBatchBytes: number;
  readonly maxBufferedBytes: number;
  readonly maxCollectBytes: number;
  readonly silenceMs: number;
}

/** A stream of Node holds so many messages while nobody takes them, and gRPC some more. */
const bufferedMessages = 32;

const idsOfConnection = 2n ** 30n;

export function createEngine(
  connection: Connection,
  settings: EngineSettings,
  sessionTags: readonly string[],
): Engine {
  // The server answers what it is asked again under the same ids from memory, also over another connection to the session.
  let planIds = BigInt(Math.floor(connection.random() * 2 ** 30)) * idsOfConnection;
  const newId = (): bigint => {
    planIds += 1n;
    return planIds;
  };
  const chunkBytes = Math.max(2 ** 16, Math.floor(settings.maxBufferedBytes / bufferedMessages));
  return {
    sessionId: connection.sessionId,
    server: settings.server,
    get isAway() {
      return connection.isAway;
    },
    maxCollectBytes: settings.maxCollectBytes,
    maxBatchBytes: settings.maxBatchBytes,
    kept: createKeptPlans(),
    track: connection.track,
    warn: connection.warn,
    newId,
    relation: (name, value) => {
      // The name belongs to the value, which TypeScript cannot follow through a generic.
      const relType = { case: name, value } as Relation['relType'];
      return { common: { planId: newId() }, relType };
    },
    analyze: async (analyze, operation, { signal, maxRetries }) => {
      const few = { signal, maxRetries };
      const { result } = await connection.unary('AnalyzePlan', { analyze }, operation, few);
      // The server answers what it is asked.
      return result.value as never;
    },
    async *execute(plan, operation, { signal, tags = [], operationId, isKept, onProgress, onEvent }) {
      checkTags(tags);
      const responses = execute(connection, plan, {
        operationId: operationId ?? randomUUID(),
        operation,
        tags: [...sessionTags, ...tags],
        chunkBytes,
        silenceMs: settings.silenceMs,
        isKept,
        signal,
        onEvent,
      });
      for await (const response of responses) {
        const { responseType } = response;
        if (responseType.case === 'executionProgress') onProgress?.(progressOf(responseType.value));
        else yield response;
      }
    },
  };
}

function progressOf({ stages, numInflightTasks }: ExecutionProgress): SparkProgress {
  const sum = (of: (stage: ExecutionProgress['stages'][number]) => bigint): number =>
    stages.reduce((total, stage) => total + Number(of(stage)), 0);
  return {
    stages: stages.length,
    tasks: sum(({ numTasks }) => numTasks),
    completedTasks: sum(({ numCompletedTasks }) => numCompletedTasks),
    runningTasks: Number(numInflightTasks),
    bytesRead: sum(({ inputBytesRead }) => inputBytesRead),
  };
}
