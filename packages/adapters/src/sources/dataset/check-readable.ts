// Owns what of a dataset the readers here cannot give back: told when it is opened, by column and type, not while it is read.
import { type DataType, describeType, PlanError } from '@tailrace/core';
import type { DatasetPlan } from './plan.js';

const inText: ReadonlySet<DataType['kind']> = new Set([
  ...(['bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'] as const),
  ...(['float16', 'float32', 'float64', 'decimal', 'timestamp', 'date', 'utf8', 'dictionary'] as const),
]);
/**
 * @param wanted columns that are read or tested; undefined: all
 * @throws PlanError for columns of types that cannot be read
 */
export function checkReadable(
  path: string,
  plan: DatasetPlan,
  wanted: ReadonlySet<string> | undefined,
): void {
  const { format, fields = [], partitionFields } = plan;
  const isText = format === 'csv' || format === 'ndjson';
  const inDirectories = new Set(partitionFields.map(({ name }) => name));
  for (const { name, type } of fields) {
    if (inDirectories.has(name) || (wanted !== undefined && !wanted.has(name))) continue;
    if (!isText || inText.has(type.kind)) continue;
    throw refused(
      path,
      `its column "${name}" is ${describeType(type)}, which cannot be read from ${format} here. Choose the others with columns`,
    );
  }
}

function refused(path: string, problem: string): PlanError {
  return new PlanError(`openDataset('${path}'): ${problem}.`, {
    operation: 'open dataset',
    context: { path },
  });
}
