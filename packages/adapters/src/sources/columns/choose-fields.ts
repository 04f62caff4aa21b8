// Owns the choice of columns: those that a schema declares or that are named, once they are known to be in the file.
import { describeType, type Field, type Schema, TailraceError } from '@tailrace/core';
import { readableAs } from './readable-as.js';

/**
 * The declared columns, once they are known to be in the file with the types declared.
 * @throws SCHEMA_INVALID naming every column that differs
 */
export function matchSchema(
  path: string,
  declared: Schema,
  found: ReadonlyMap<string, Field | string>,
): Field[] {
  const problems: string[] = [];
  for (const field of declared.fields) {
    const inFile = found.get(field.name);
    if (inFile === undefined) problems.push(`${quoted(field.name)} is missing`);
    else if (typeof inFile === 'string')
      problems.push(`${quoted(field.name)} has the type ${inFile}, which cannot be read into rows`);
    else if (!readableAs(field.type, inFile.type)) {
      problems.push(
        `${quoted(field.name)} is ${describeType(inFile.type)}, declared ${describeType(field.type)}`,
      );
    }
  }
  if (problems.length > 0)
    throw schemaError(path, `does not have the declared columns: ${problems.join('; ')}`);
  return [...declared.fields];
}

/**
 * The columns chosen by name, or all.
 * @throws SCHEMA_INVALID for columns that are not there or cannot be read
 */
export function chooseFields(
  path: string,
  columns: readonly string[] | undefined,
  found: ReadonlyMap<string, Field | string>,
): Field[] {
  return (columns ?? [...found.keys()]).map((name) => {
    const field = found.get(name);
    if (field === undefined) {
      throw schemaError(
        path,
        `has no column ${quoted(name)}; its columns are ${[...found.keys()].map(quoted).join(', ')}`,
      );
    }
    if (typeof field !== 'string') return field;
    throw schemaError(
      path,
      `has a column ${quoted(name)} of type ${field}, which cannot be read into rows. Choose the others with the option columns`,
    );
  });
}

function schemaError(path: string, problem: string): TailraceError {
  return new TailraceError(`'${path}' ${problem}.`, {
    code: 'SCHEMA_INVALID',
    operation: 'open source',
    context: { path },
  });
}

function quoted(name: string): string {
  return `'${name}'`;
}
