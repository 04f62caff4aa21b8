// Owns the responses of the Spark Connect service, as far as they are read here.
import type { StorageLevel } from './command.js';
import type { WireType } from './data-type.js';
import type { Empty, ReadOneOf } from './one-of.js';
import type { Relation } from './relation.js';

interface OfSession {
  readonly serverSideSessionId: string;
}

export interface AnalyzePlanResponse extends OfSession {
  readonly result: ReadOneOf<{
    readonly schema: { readonly schema?: WireType };
    readonly explain: { readonly explainString: string };
    readonly treeString: { readonly treeString: string };
    readonly inputFiles: { readonly files: readonly string[] };
    readonly sparkVersion: { readonly version: string };
    readonly sameSemantics: { readonly result: boolean };
    readonly persist: Empty;
    readonly unpersist: Empty;
    readonly getStorageLevel: { readonly storageLevel?: StorageLevel };
  }>;
}

export interface ArrowBatch {
  readonly rowCount: bigint;
  /** Rows before this batch, from servers that say it. */
  readonly startOffset?: bigint;
  /** A whole Arrow IPC stream, or a part of one where `numChunksInBatch` is more than 1. */
  readonly data: Uint8Array;
  readonly chunkIndex?: bigint;
  readonly numChunksInBatch?: bigint;
}

export interface ExecutionProgress {
  readonly stages: readonly {
    readonly stageId: bigint;
    readonly numTasks: bigint;
    readonly numCompletedTasks: bigint;
    readonly inputBytesRead: bigint;
    readonly done: boolean;
  }[];
  readonly numInflightTasks: bigint;
}

export interface ExecutePlanResponse extends OfSession {
  readonly operationId: string;
  readonly responseId: string;
  readonly responseType: ReadOneOf<{
    readonly arrowBatch: ArrowBatch;
    readonly sqlCommandResult: { readonly relation?: Relation };
    readonly checkpointCommandResult: { readonly relation?: { readonly relationId: string } };
    readonly executionProgress: ExecutionProgress;
    readonly resultComplete: Empty;
  }>;
  readonly schema?: WireType;
}

export interface ReleaseExecuteResponse extends OfSession {
  readonly operationId?: string;
}

export interface InterruptResponse extends OfSession {
  readonly interruptedIds: readonly string[];
}

export interface ConfigResponse extends OfSession {
  readonly pairs: readonly { readonly key: string; readonly value?: string }[];
  readonly warnings: readonly string[];
}

export type ReleaseSessionResponse = OfSession;

export interface ErrorDetail {
  /** Names of the classes of the exception, its own first. */
  readonly errorTypeHierarchy: readonly string[];
  readonly message: string;
  readonly stackTrace: readonly {
    readonly declaringClass: string;
    readonly methodName: string;
    readonly fileName?: string;
    readonly lineNumber: number;
  }[];
  /** Index of the cause among the errors of the response. */
  readonly causeIdx?: number;
  readonly sparkThrowable?: {
    readonly errorClass?: string;
    readonly messageParameters: Readonly<Record<string, string>>;
    readonly queryContexts: readonly {
      readonly fragment: string;
      readonly callSite: string;
      readonly summary: string;
    }[];
    readonly sqlState?: string;
  };
}

export interface FetchErrorDetailsResponse extends OfSession {
  readonly rootErrorIdx?: number;
  readonly errors: readonly ErrorDetail[];
}
