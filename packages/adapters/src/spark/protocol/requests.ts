// Owns the requests of the Spark Connect service. Field names are those of the published descriptors.
import type { Plan, StorageLevel } from './command.js';
import type { Empty, OneOf } from './one-of.js';
import type { Relation } from './relation.js';

/** What every request says of its session. */
export interface InSession {
  readonly sessionId: string;
  /** The session as the server knows it, so that one which was lost is noticed. */
  readonly clientObservedServerSideSessionId?: string;
  readonly userContext: { readonly userId: string; readonly userName: string };
  readonly clientType: string;
}

/** Numbers of AnalyzePlanRequest.Explain.ExplainMode. */
export const explainModes = { simple: 1, extended: 2, codegen: 3, cost: 4, formatted: 5 } as const;
/** Numbers of InterruptRequest.InterruptType. */
export const interruptTypes = { all: 1, tag: 2, operationId: 3 } as const;

export interface AnalyzePlanRequest extends InSession {
  readonly analyze: OneOf<{
    readonly schema: { readonly plan: Plan };
    readonly explain: { readonly plan: Plan; readonly explainMode: number };
    readonly treeString: { readonly plan: Plan };
    readonly inputFiles: { readonly plan: Plan };
    readonly sparkVersion: Empty;
    readonly sameSemantics: { readonly targetPlan: Plan; readonly otherPlan: Plan };
    readonly persist: { readonly relation: Relation; readonly storageLevel?: StorageLevel };
    readonly unpersist: { readonly relation: Relation; readonly blocking: boolean };
    readonly getStorageLevel: { readonly relation: Relation };
  }>;
}

export interface ExecutePlanRequest extends InSession {
  readonly operationId: string;
  readonly plan: Plan;
  readonly requestOptions: readonly {
    readonly requestOption: OneOf<{
      readonly reattachOptions: { readonly reattachable: boolean };
      readonly resultChunkingOptions: {
        readonly allowArrowBatchChunking: boolean;
        readonly preferredArrowChunkSize?: bigint;
      };
    }>;
  }[];
  readonly tags: readonly string[];
}

export interface ReattachExecuteRequest extends InSession {
  readonly operationId: string;
  readonly lastResponseId?: string;
}

export interface ReleaseExecuteRequest extends InSession {
  readonly operationId: string;
  readonly release: OneOf<{
    readonly releaseAll: Empty;
    readonly releaseUntil: { readonly responseId: string };
  }>;
}

export interface InterruptRequest extends InSession {
  readonly interruptType: number;
  readonly interrupt?: OneOf<{ readonly operationTag: string; readonly operationId: string }>;
}

export interface ConfigRequest extends InSession {
  readonly operation: {
    readonly opType: OneOf<{
      readonly set: { readonly pairs: readonly { readonly key: string; readonly value: string }[] };
      readonly getOption: { readonly keys: readonly string[] };
      readonly unset: { readonly keys: readonly string[] };
    }>;
  };
}

export interface ReleaseSessionRequest {
  readonly sessionId: string;
  readonly userContext: InSession['userContext'];
  readonly clientType: string;
}

export interface FetchErrorDetailsRequest extends InSession {
  readonly errorId: string;
}
