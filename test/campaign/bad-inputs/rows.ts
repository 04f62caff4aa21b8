// Owns bad rows: missing and extra properties, poison in any column, things that are no rows; with a schema and without.
import { type DataType, defineSchema, isBatch, type Schema, toBatches } from '@tailrace/core';
import fc from 'fast-check';
import { from } from 'rxjs';
import { canon } from './canon.js';
import { formats } from './read-back.js';
import { judgeRun, type Target } from './target.js';
import type { Trial } from './trial.js';
import { kinds, orNull, poison, show, type Value } from './values.js';
import { type CanonRow, judgeRefusal, judgeRows, Planted, Problem } from './verdict.js';

const names = ['a', 'b', 'n', 'ä b', '__proto__', 'constructor', 'toString', 'quote"', 'length'];

const column = fc.record({
  name: fc.constantFrom(...names),
  kind: fc.constantFrom(...kinds, ...kinds.map(orNull)),
});
type Column = typeof column extends fc.Arbitrary<infer T> ? T : never;

const shapes = [
  'plain',
  'plain',
  'plain',
  'plain',
  'without a property',
  'with one more',
  'without prototype',
  'with getters',
  'with a getter that throws',
  'with inherited values',
  'behind a proxy',
  'behind a proxy that throws',
  'a revoked proxy',
] as const;
type Shape = (typeof shapes)[number];

const noRows: readonly Value[] = [
  ...[null, undefined, 5, 'text', 5n, true].map(
    (value): Value => ({ shown: show(value), make: () => value }),
  ),
  { shown: '[]', make: () => [] },
  { shown: 'a Map', make: () => new Map() },
  { shown: 'a Date', make: () => new Date(0) },
  { shown: 'a function', make: () => () => 1 },
  { shown: 'a symbol', make: () => Symbol('row') },
  { shown: 'bytes', make: () => new Uint8Array(3) },
  { shown: 'a URL', make: () => new URL('file:///x') },
];

interface Row {
  readonly shape: Shape;
  readonly values: readonly Value[];
  readonly noRow: Value | undefined;
}

const define = (row: object, name: string, value: unknown): void => {
  Object.defineProperty(row, name, { value, enumerable: true, writable: true, configurable: true });
};

function build({ shape, values, noRow }: Row, columns: readonly Column[]): unknown {
  if (noRow !== undefined) return noRow.make();
  const row: object = shape === 'without prototype' ? Object.create(null) : {};
  for (const [at, { name }] of columns.entries()) {
    const value = values[at]?.make();
    if (shape === 'without a property' && at === 0) continue;
    if (shape === 'with getters') Object.defineProperty(row, name, { get: () => value, enumerable: true });
    else if (shape === 'with a getter that throws' && at === 0) {
      const get = (): never => {
        throw new Planted();
      };
      Object.defineProperty(row, name, { get, enumerable: true });
    } else define(row, name, value);
  }
  switch (shape) {
    case 'with one more':
      define(row, 'one more', 1);
      return row;
    case 'with inherited values':
      return Object.create(row);
    case 'behind a proxy':
      return new Proxy(row, {});
    case 'behind a proxy that throws':
      return new Proxy(row, {
        get: () => {
          throw new Planted();
        },
      });
    case 'a revoked proxy': {
      const { proxy, revoke } = Proxy.revocable(row, {});
      revoke();
      return proxy;
    }
    default:
      return row;
  }
}

interface Rows {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  readonly isDeclared: boolean;
  /** Nothing about them is wrong. */
  readonly isTame: boolean;
}

const rowsOf = (columns: readonly Column[]): fc.Arbitrary<Rows> => {
  const tame = fc.tuple(...columns.map(({ kind }) => kind.tame));
  const good = tame.map((values): Row => ({ shape: 'plain', values, noRow: undefined }));
  const bad = fc
    .record({
      values: tame,
      at: fc.nat(columns.length - 1),
      poison: fc.option(poison, { freq: 4 }),
      shape: fc.constantFrom(...shapes),
      noRow: fc.option(fc.constantFrom(...noRows), { freq: 8, nil: undefined }),
    })
    .map(({ values, at, poison: bitter, shape, noRow }): Row => {
      const mixed = values.map((value, index) => (index === at && bitter !== null ? bitter : value));
      // fast-check's option is null or something: only every eighth row is no row.
      return { shape, values: mixed, noRow };
    });
  return fc
    .record({
      before: fc.array(good, { maxLength: 3 }),
      bad: fc.option(bad, { freq: 3 }),
      after: fc.array(good, { maxLength: 2 }),
      isDeclared: fc.boolean(),
    })
    .map(({ before, bad: one, after, isDeclared }) => {
      const rows = [...before, ...(one === null ? [] : [one]), ...after];
      const isTame = one === null && isDeclared && rows.length > 0;
      return {
        columns,
        rows: rows.length > 0 ? rows : [{ shape: 'plain', values: [], noRow: undefined }],
        isDeclared,
        isTame,
      };
    });
};

const anyRows = fc
  .uniqueArray(column, { minLength: 1, maxLength: 4, selector: ({ name }) => name })
  .chain(rowsOf);

const schemaOf = (columns: readonly Column[]): Schema<object> =>
  defineSchema(Object.fromEntries(columns.map(({ name, kind }) => [name, kind.type])));

const described = ({ columns, rows, isDeclared }: Rows): string => {
  const head = columns.map(({ name, kind }) => `${name}: ${kind.shown}`).join(', ');
  const lines = rows.map(({ shape, values, noRow }) => {
    return noRow === undefined ? `${shape} (${values.map((value) => value.shown).join(', ')})` : noRow.shown;
  });
  return `${isDeclared ? 'schema' : 'inferred'} {${head}}: ${lines.join('; ')}`;
};

/** What an error may be known by: the row, as all of these name it. */
const rowNames = ['row ', 'Row ', 'column ', 'no type can be inferred'];

/** Rows into batches and back, without a file. */
export const directRows: fc.Arbitrary<Trial> = anyRows.map((rows) => ({
  boundary: 'rows',
  shown: described(rows),
  isRun: false,
  async judge({ memory }) {
    const items = rows.rows.map((row) => build(row, rows.columns));
    const schema = rows.isDeclared ? schemaOf(rows.columns) : undefined;
    const read: CanonRow[] = [];
    let found: Schema | undefined;
    let failure: unknown;
    let unreadable: unknown;
    from(items)
      .pipe(toBatches<unknown>({ ...(schema === undefined ? {} : { schema }), memory, name: 'rows' }))
      .subscribe({
        next: (batch) => {
          found = batch.schema;
          try {
            for (const row of batch.toRows()) read.push(canonRow(batch.schema, row));
          } catch (error) {
            unreadable ??= error;
          }
        },
        error: (error: unknown) => {
          failure = error ?? new Problem('altered', 'ended with nothing as an error');
        },
      });
    if (failure !== undefined) {
      judgeRefusal(failure, rowNames);
      if (rows.isTame) throw new Problem('lost', `refused though it fits: ${String(failure)}`);
      return false;
    }
    if (unreadable !== undefined) throw new Problem('lost', `taken, and unreadable: ${String(unreadable)}`);
    if (found === undefined) throw new Problem('lost', 'no batch and no error');
    judgeRows(items, found, read);
    return true;
  },
}));

function canonRow({ fields }: Schema, row: unknown): CanonRow {
  // What toRows gives are objects with the columns as properties.
  const values = row as Record<string, unknown>;
  return new Map(
    fields.map(({ name, type }) => [
      name,
      canon(type, Object.hasOwn(values, name) ? values[name] : undefined) ?? null,
    ]),
  );
}

/** What JavaScript's own types say of columns that nobody declared. */
function columnsOf(items: readonly unknown[]): Schema {
  const types = new Map<string, DataType>();
  for (const item of items) {
    if (typeof item !== 'object' || item === null || isBatch(item)) continue;
    for (const name in item) {
      // Every object can be read by name.
      const value = (item as Record<string, unknown>)[name];
      const type = inferred(value);
      if (type !== undefined && !types.has(name)) types.set(name, type);
    }
  }
  return { fields: [...types].map(([name, type]) => ({ name, type, nullable: true })) };
}

function inferred(value: unknown): DataType | undefined {
  switch (typeof value) {
    case 'number':
      return { kind: 'float64' };
    case 'bigint':
      return { kind: 'int64', js: 'bigint' };
    case 'boolean':
      return { kind: 'bool' };
    case 'string':
      return { kind: 'utf8' };
    default:
      return canon({ kind: 'timestamp', unit: 'ms', timezone: null, js: 'date' }, value) == null
        ? undefined
        : { kind: 'timestamp', unit: 'ms', timezone: 'UTC', js: 'date' };
  }
}

export const target: fc.Arbitrary<Target> = fc.record({
  format: fc.constantFrom(...formats),
  isDirectory: fc.boolean(),
  isReplacing: fc.boolean(),
  way: fc.constantFrom('run', 'run', 'run', 'feed', 'submit'),
  setsAside: fc.boolean(),
});

/** The same through a run, to files. */
export const writtenRows: fc.Arbitrary<Trial> = fc.tuple(anyRows, target).map(([rows, to]) => ({
  boundary: 'rows of a run',
  shown: `${JSON.stringify(to)} ${described(rows)}`,
  isRun: true,
  judge(scene) {
    const items = rows.rows.map((row) => build(row, rows.columns));
    const schema = rows.isDeclared ? schemaOf(rows.columns) : undefined;
    let columns: Schema = { fields: [] };
    try {
      if (schema === undefined) columns = columnsOf(items);
    } catch {
      // A proxy or getter that throws: nothing of it may be accepted, so nothing is read.
    }
    return judgeRun(scene, {
      target: to,
      items,
      schema,
      columns,
      // Of one column alone CSV cannot hold a null: its line would be empty.
      mustFit: rows.isTame && !(to.format === 'csv' && rows.columns.length === 1),
      names: rowNames,
    });
  },
}));
