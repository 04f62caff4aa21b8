// Owns what options cannot mean for a target that is one file: they would be passed over, and somebody relies on them.
import type { WriteMode } from '../sink.js';

export interface DirectoryOptions {
  readonly mode: WriteMode;
  readonly partitionBy: readonly string[];
  readonly maxPartRows?: unknown;
  readonly maxPartBytes?: unknown;
  readonly maxPartAgeMs?: unknown;
  readonly minPartBytes?: unknown;
  readonly maxOpenPartitions?: unknown;
  readonly maxPartitions?: unknown;
  readonly partitionBufferBytes?: unknown;
}

const ofParts = ['maxPartRows', 'maxPartBytes', 'maxPartAgeMs', 'minPartBytes'] as const;
const ofPartitions = ['maxOpenPartitions', 'maxPartitions', 'partitionBufferBytes'] as const;
const remedy = `Give a directory instead (a path without extension, or with "/" at its end, or single: false)`;

/** What is wrong with the options of one file, and what to do; undefined when they fit it. */
export function singleFileProblem(options: DirectoryOptions): string | undefined {
  const { mode, partitionBy } = options;
  if (partitionBy.length > 0) return `one file cannot be partitioned by ${partitionBy.join(', ')}. ${remedy}`;
  if (mode === 'append') return `mode "append" adds files to a directory, and this is one file. ${remedy}`;
  if (mode === 'overwritePartitions')
    return `mode "overwritePartitions" replaces directories, and this is one file. ${remedy}`;
  const part = ofParts.find((option) => options[option] !== undefined);
  if (part !== undefined)
    return `${part} says where parts of a directory end, and this is one file, which has none. Leave it out. ${remedy}`;
  const partition = ofPartitions.find((option) => options[option] !== undefined);
  if (partition === undefined) return undefined;
  return `${partition} is about partitions, and this is one file, which has none. Leave it out. ${remedy}`;
}
