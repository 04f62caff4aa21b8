// Owns what a plan may ask Spark to do besides giving rows. Field names are those of the published descriptors.
import type { OneOf } from './one-of.js';
import type { Relation } from './relation.js';

export interface StorageLevel {
  readonly useDisk: boolean;
  readonly useMemory: boolean;
  readonly useOffHeap: boolean;
  readonly deserialized: boolean;
  readonly replication: number;
}

/** Numbers of WriteOperation.SaveMode. */
export const saveModes = { append: 1, overwrite: 2, error: 3, ignore: 4 } as const;
/** Numbers of WriteOperation.SaveTable.TableSaveMethod. */
export const saveMethods = { saveAsTable: 1, insertInto: 2 } as const;

export interface WriteOperation {
  readonly input: Relation;
  readonly source?: string;
  readonly saveType?: OneOf<{
    readonly path: string;
    readonly table: { readonly tableName: string; readonly saveMethod: number };
  }>;
  readonly mode: number;
  readonly partitioningColumns?: readonly string[];
  readonly sortColumnNames?: readonly string[];
  readonly bucketBy?: { readonly bucketColumnNames: readonly string[]; readonly numBuckets: number };
  readonly options?: Readonly<Record<string, string>>;
}

export interface Command {
  readonly commandType: OneOf<{
    readonly writeOperation: WriteOperation;
    readonly createDataframeView: {
      readonly input: Relation;
      readonly name: string;
      readonly isGlobal: boolean;
      readonly replace: boolean;
    };
    readonly sqlCommand: { readonly input: Relation };
    readonly checkpointCommand: {
      readonly relation: Relation;
      readonly local: boolean;
      readonly eager: boolean;
      readonly storageLevel?: StorageLevel;
    };
    readonly removeCachedRemoteRelationCommand: { readonly relation: { readonly relationId: string } };
  }>;
}

export interface Plan {
  readonly opType: OneOf<{ readonly root: Relation; readonly command: Command }>;
}

export const planOf = (root: Relation): Plan => ({ opType: { case: 'root', value: root } });

export const planDoing = (commandType: Command['commandType']): Plan => ({
  opType: { case: 'command', value: { commandType } },
});
