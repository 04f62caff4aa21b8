// Owns what makes a schema one: columns with names of their own and types that exist. Schemas come from JavaScript, from
// files and from configurations, too, where no compiler has seen them.
import { messageOf, TailraceError } from '../errors/tailrace-error.js';
import type { DataType, Field } from './data-type.js';
import { isKey, keysAdvice } from './map-keys.js';

const units: ReadonlySet<unknown> = new Set(['s', 'ms', 'us', 'ns']);
const integerForms: ReadonlySet<unknown> = new Set(['bigint', 'number']);
const timeForms: ReadonlySet<unknown> = new Set(['date', 'number', 'bigint']);
const loneSurrogate = /\p{Surrogate}/u;
const nameLength = 60;

type Loose = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;

const decimalForms: ReadonlySet<unknown> = new Set(['string', 'bigint']);
const most = 1_048_576;

type Check = (type: Loose) => string | undefined;

const none: Check = () => undefined;
const unitProblem: Check = ({ unit }) =>
  units.has(unit) ? undefined : "needs the unit 's', 'ms', 'us' or 'ns'";
const formProblem: Check = ({ js }) =>
  integerForms.has(js) ? undefined : "needs the form js 'bigint' or 'number'";
const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;

/** By kind: what is wrong with a type, as the end of a sentence; undefined when nothing is. */
const problems: Readonly<Record<DataType['kind'], Check>> = {
  bool: none,
  int8: none,
  int16: none,
  int32: none,
  uint8: none,
  uint16: none,
  uint32: none,
  int64: formProblem,
  uint64: formProblem,
  float16: none,
  float32: none,
  float64: none,
  decimal({ bits, precision, scale, js }) {
    if (bits !== 128 && bits !== 256) return 'has 128 or 256 bits';
    const digits = bits === 128 ? 38 : 76;
    if (!isCount(precision) || Number(precision) > digits) return `needs a precision from 1 to ${digits}`;
    if (!Number.isInteger(scale) || Number(scale) < 0 || Number(scale) > Number(precision))
      return 'needs a scale from 0 to its precision';
    return decimalForms.has(js) ? undefined : "needs the form js 'string' or 'bigint'";
  },
  date: none,
  time: unitProblem,
  duration: (type) => unitProblem(type) ?? formProblem(type),
  timestamp(type) {
    if (unitProblem(type) !== undefined) return unitProblem(type);
    const { timezone, js } = type;
    if (timezone !== null && typeof timezone !== 'string') return 'needs a timezone that is a name or null';
    return timeForms.has(js) ? undefined : "needs the form js 'date', 'number' or 'bigint'";
  },
  utf8: none,
  binary: none,
  fixed_binary: ({ width }) => (isCount(width) ? undefined : `needs a width from 1 to ${most}`),
  dictionary: none,
  null: none,
  list: ({ item }) => innerProblem([item]),
  fixed_list: ({ item, size }) => (isCount(size) ? innerProblem([item]) : `needs a size from 1 to ${most}`),
  struct: ({ fields }) =>
    Array.isArray(fields) && fields.length > 0
      ? innerProblem(Array.from<unknown>(fields))
      : 'needs at least one field',
  map({ key, value }) {
    const problem = innerProblem([key, value]);
    if (problem !== undefined) return problem;
    // Both were found to be fields.
    const of = key as Field;
    return isKey(of.type) && !of.nullable ? undefined : `has keys of a type that cannot be: ${keysAdvice}`;
  },
};

/** Of the columns within one. */
function innerProblem(fields: readonly unknown[]): string | undefined {
  const names = new Set<string>();
  for (const field of fields) {
    const problem = fieldProblem(field, names);
    if (problem !== undefined) return problem;
    if ((field as Field).type.kind === 'dictionary')
      return 'has a dictionary within, where text is declared utf8()';
  }
  return undefined;
}

function isKind(kind: unknown): kind is DataType['kind'] {
  return typeof kind === 'string' && Object.hasOwn(problems, kind);
}

/** Of a column from JavaScript, which may throw when it is looked at, as a revoked proxy does. */
function fieldProblem(field: unknown, names: Set<string>): string | undefined {
  const before = names.size;
  try {
    return lookedAt(field, names);
  } catch (error) {
    const name = names.size > before ? ` ${JSON.stringify([...names].at(-1)?.slice(0, nameLength))}` : '';
    return `has a column${name} that could not be read (${messageOf(error)})`;
  }
}

function lookedAt(field: unknown, names: Set<string>): string | undefined {
  if (!isObject(field)) return `has a column that is ${field === null ? 'null' : typeof field}`;
  const { name, type, nullable } = field;
  if (typeof name !== 'string') return `has a column whose name is of type ${typeof name}`;
  const shown = JSON.stringify(name.slice(0, nameLength));
  if (loneSurrogate.test(name)) return `has the column ${shown}, whose name holds half of a surrogate pair`;
  if (names.has(name)) return `has two columns of the name ${shown}`;
  names.add(name);
  const kind = isObject(type) ? type.kind : undefined;
  if (!isObject(type) || !isKind(kind)) {
    const known = Object.keys(problems).join(', ');
    return `has the column ${shown}, whose type is none of ${known}`;
  }
  const problem = problems[kind](type);
  if (problem !== undefined) return `has the column ${shown}, whose type ${kind} ${problem}`;
  return typeof nullable === 'boolean' ? undefined : `has the column ${shown}, whose nullable is no boolean`;
}

/** What is wrong with a schema, as the end of a sentence; undefined when nothing is. */
export function schemaProblem(schema: unknown): string | undefined {
  try {
    return problemOf(schema);
  } catch (error) {
    return `could not be read (${messageOf(error)})`;
  }
}

function problemOf(schema: unknown): string | undefined {
  if (!isObject(schema) || !Array.isArray(schema.fields)) return 'has no list of fields';
  const names = new Set<string>();
  // Array.from: a hole is an entry, too.
  for (const field of Array.from<unknown>(schema.fields)) {
    const problem = fieldProblem(field, names);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * Throws SCHEMA_INVALID for what is no schema, naming the column.
 * @param what whose it is, at the beginning of the sentence: `Stage "rows"`
 */
export function checkSchema(schema: unknown, what: string, operation: string): void {
  const problem = schemaProblem(schema);
  if (problem === undefined) return;
  throw new TailraceError(`${what}: the schema ${problem}. Make schemas with defineSchema({ ... }).`, {
    code: 'SCHEMA_INVALID',
    operation,
  });
}
