// Owns what of a dataset the readers here cannot give back: told when it is opened, by column and type, not while it is read.
import { type DataType, describeType, PlanError } from '@tailrace/core';
import type { DatasetPlan } from './plan.js';
import type { WrittenNdjson } from './written-ndjson.js';

/**
 * @param what is asked to read it, for messages: `openDataset('x')`
 * @param wanted columns that are read or tested; undefined: all
 * @param ndjson how NDJSON is written: base64 may look like hexadecimal digits, so that a guess could give other bytes
 * @throws PlanError for columns of types that cannot be read
 */
export function checkReadable(
  what: string,
  plan: DatasetPlan,
  wanted: ReadonlySet<string> | undefined,
  ndjson: WrittenNdjson | undefined,
): void {
  const { format, fields = [], partitionFields } = plan;
  if (format !== 'csv' && format !== 'ndjson') return;
  const inDirectories = new Set(partitionFields.map(({ name }) => name));
  for (const { name, type } of fields) {
    if (inDirectories.has(name) || (wanted !== undefined && !wanted.has(name))) continue;
    const column = `its column "${name}" is ${describeType(type)}`;
    if (format === 'csv' && isNested(type)) {
      throw refused(what, `${column}, which cannot be read from csv. Choose the others with columns`);
    }
    if (format === 'ndjson' && ndjson?.binary === undefined && hasBytes(type)) {
      throw refused(
        what,
        `${column}, and nothing tells whether its bytes are base64 or hexadecimal. Say it, ndjson: { binary: 'base64' }, or choose the other columns`,
      );
    }
  }
}

function isNested({ kind }: DataType): boolean {
  return kind === 'list' || kind === 'fixed_list' || kind === 'struct' || kind === 'map';
}

function hasBytes(type: DataType): boolean {
  switch (type.kind) {
    case 'binary':
    case 'fixed_binary':
      return true;
    case 'list':
    case 'fixed_list':
      return hasBytes(type.item.type);
    case 'struct':
      return type.fields.some((field) => hasBytes(field.type));
    case 'map':
      return hasBytes(type.key.type) || hasBytes(type.value.type);
    default:
      return false;
  }
}

function refused(what: string, problem: string): PlanError {
  return new PlanError(`${what}: ${problem}.`, { operation: 'open dataset' });
}
