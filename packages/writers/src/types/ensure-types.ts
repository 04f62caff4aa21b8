// Owns the check of a schema against what a format says of each type.
import { type DataType, describeType, type Field, type Schema, TailraceError } from '@tailrace/core/sink';
import { refusalCode, refusalOf, type TypeMappings } from './mapping.js';

/**
 * Throws SCHEMA_INVALID naming the first column, on its own or within another, whose type the format refuses.
 * @param format as messages name it: `CSV`
 */
export function ensureTypes(format: string, mappings: TypeMappings, schema: Schema): void {
  for (const field of schema.fields) ensureType(format, mappings, field, field.name);
}

function ensureType(format: string, mappings: TypeMappings, { type }: Field, path: string): void {
  const refusal = refusalOf(mappings, type);
  if (refusal !== undefined) {
    const name = describeType(type);
    throw new TailraceError(
      `Column "${path}" is ${name}, which ${format} cannot hold: ${refusal.because}. ${refusal.instead}`,
      {
        code: refusalCode,
        operation: 'check schema',
        context: { column: path, type: name, format },
      },
    );
  }
  for (const [inner, field] of within(type, path)) ensureType(format, mappings, field, inner);
}

function within(type: DataType, path: string): readonly (readonly [path: string, field: Field])[] {
  switch (type.kind) {
    case 'list':
    case 'fixed_list':
      return [[`${path}[]`, type.item]];
    case 'struct':
      return type.fields.map((field) => [`${path}.${field.name}`, field]);
    case 'map':
      return [
        [`${path}.key`, type.key],
        [`${path}.value`, type.value],
      ];
    default:
      return [];
  }
}
