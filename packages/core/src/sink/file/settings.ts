// Owns the options of a file sink in the form that crosses to its module: plain data, every default filled in.
import type { ModuleRef } from '../module-ref.js';
import type { PublishWay, ReplacedFile, WriteMode } from '../sink.js';
import type { StoreTarget } from '../store.js';

export interface FileSinkSettings {
  /** Absolute path or URL. */
  readonly path: string;
  readonly kind: StoreTarget['kind'];
  readonly mode: WriteMode;
  readonly publish: PublishWay;
  /** Undefined: the store's default. */
  readonly keepGenerations?: number | undefined;
  readonly keepGenerationsMs?: number | undefined;
  readonly adopt: boolean;
  readonly takeOver: boolean;
  /** Files of the dataset that the new ones stand for. */
  readonly replaces?: readonly ReplacedFile[] | undefined;
  readonly format: ModuleRef;
  readonly store: ModuleRef;
  /** Names of the partition columns, outermost directory first; empty when not partitioned. */
  readonly partitionBy: readonly string[];
  /** Rows at which a part ends; undefined: never. */
  readonly maxPartRows: number | undefined;
  /** Encoded bytes at which a part ends; undefined: never. */
  readonly maxPartBytes: number | undefined;
  /** Milliseconds after which a part ends when more rows come; undefined: never. */
  readonly maxPartAgeMs: number | undefined;
  readonly minPartBytes: number;
  readonly maxOpenPartitions: number;
  readonly maxPartitions: number;
  /** Bytes of rows that wait for their partition's encoder, over all partitions of one write. */
  readonly waitingBytes: number;
  /** Bytes that the encoder of one file may hold back: all that may be open stay within the reserve. */
  readonly maxBufferedBytes: number;
}

/** The file's name of a single-file target. */
export function fileNameOf(settings: FileSinkSettings): string {
  return settings.path.slice(Math.max(settings.path.lastIndexOf('/'), settings.path.lastIndexOf('\\')) + 1);
}
