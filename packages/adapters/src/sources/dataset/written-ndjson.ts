// Owns how the NDJSON parts of a dataset are read: as its manifest says that they were written, or as a caller knows better.
import type { DataType, Field, Manifest } from '@tailrace/core';
import type { ReadNdjsonOptions } from '../ndjson/read-ndjson.js';

/** What a caller may say of NDJSON parts. */
export type WrittenNdjson = Pick<ReadNdjsonOptions, 'binary' | 'maxLineLength'>;

/** @param told what a caller has said: it goes before what the manifest says */
export function writtenNdjson(
  manifest: Pick<Manifest, 'dialect'> | undefined,
  told: WrittenNdjson | undefined,
): WrittenNdjson | undefined {
  const binary = manifest?.dialect?.binary;
  if (binary !== 'base64' && binary !== 'hex') return told;
  return { binary, ...told };
}

/**
 * With `nonFinite: 'null'` NaN and infinities were written as null, also in columns without nulls: they are read as what they are
 * now, since nothing tells which they were.
 */
export function withBlankFloats(field: Field): Field {
  const isFloat = ['float16', 'float32', 'float64'].includes(field.type.kind);
  return { ...field, type: blankWithin(field.type), nullable: field.nullable || isFloat };
}

function blankWithin(type: DataType): DataType {
  switch (type.kind) {
    case 'list':
    case 'fixed_list':
      return { ...type, item: withBlankFloats(type.item) };
    case 'struct':
      return { ...type, fields: type.fields.map(withBlankFloats) };
    case 'map':
      return { ...type, value: withBlankFloats(type.value) };
    default:
      return type;
  }
}
