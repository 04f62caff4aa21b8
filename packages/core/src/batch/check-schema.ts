// Owns what makes a schema one: columns with names of their own and types that exist. Schemas come from JavaScript, from
// files and from configurations, too, where no compiler has seen them.
import { TailraceError } from '../errors/tailrace-error.js';

const units: ReadonlySet<unknown> = new Set(['s', 'ms', 'us', 'ns']);
const integerForms: ReadonlySet<unknown> = new Set(['bigint', 'number']);
const timeForms: ReadonlySet<unknown> = new Set(['date', 'number', 'bigint']);
const loneSurrogate = /\p{Surrogate}/u;
const nameLength = 60;

type Loose = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null;

/** By kind, each of `DataType`: what is wrong with a type, as the end of a sentence; undefined when nothing is. */
const problems: Readonly<Record<string, (type: Loose) => string | undefined>> = {
  bool: () => undefined,
  int32: () => undefined,
  float64: () => undefined,
  utf8: () => undefined,
  dictionary: () => undefined,
  date: () => undefined,
  int64: ({ js }) => (integerForms.has(js) ? undefined : "needs the form js 'bigint' or 'number'"),
  timestamp({ unit, timezone, js }) {
    if (!units.has(unit)) return "needs the unit 's', 'ms', 'us' or 'ns'";
    if (timezone !== null && typeof timezone !== 'string') return 'needs a timezone that is a name or null';
    return timeForms.has(js) ? undefined : "needs the form js 'date', 'number' or 'bigint'";
  },
};

function fieldProblem(field: unknown, names: Set<string>): string | undefined {
  if (!isObject(field)) return `has a column that is ${field === null ? 'null' : typeof field}`;
  const { name, type, nullable } = field;
  if (typeof name !== 'string') return `has a column whose name is of type ${typeof name}`;
  const shown = JSON.stringify(name.slice(0, nameLength));
  if (loneSurrogate.test(name)) return `has the column ${shown}, whose name holds half of a surrogate pair`;
  if (names.has(name)) return `has two columns of the name ${shown}`;
  names.add(name);
  const kind = isObject(type) ? type.kind : undefined;
  if (!isObject(type) || typeof kind !== 'string' || !Object.hasOwn(problems, kind)) {
    const known = Object.keys(problems).join(', ');
    return `has the column ${shown}, whose type is none of ${known}`;
  }
  const problem = problems[kind]?.(type);
  if (problem !== undefined) return `has the column ${shown}, whose type ${kind} ${problem}`;
  return typeof nullable === 'boolean' ? undefined : `has the column ${shown}, whose nullable is no boolean`;
}

/** What is wrong with a schema, as the end of a sentence; undefined when nothing is. */
export function schemaProblem(schema: unknown): string | undefined {
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
