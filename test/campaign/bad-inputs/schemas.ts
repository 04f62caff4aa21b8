// Owns bad schemas: names twice, no names, types that do not exist, nested nonsense; and odd ones that are right.
import { defineSchema, type Schema, toBatches } from '@tailrace/core';
import fc from 'fast-check';
import { from } from 'rxjs';
import { canon } from './canon.js';
import { target } from './rows.js';
import { judgeRun } from './target.js';
import type { Trial } from './trial.js';
import { kinds, poison, type Value } from './values.js';
import { type CanonRow, judgeRefusal, judgeRows, Problem } from './verdict.js';

const field = (name: unknown, type: unknown, nullable: unknown = false): unknown => ({
  name,
  type,
  nullable,
});
const int = { kind: 'int32' };

/** Each is wrong in one way: none may be taken. */
const nonsense: Readonly<Record<string, () => unknown>> = {
  'a name twice': () => ({ fields: [field('a', int), field('a', int)] }),
  'a name twice, other types': () => ({ fields: [field('a', int), field('a', { kind: 'utf8' })] }),
  'no fields': () => ({}),
  'fields of text': () => ({ fields: 'a int32' }),
  'fields of null': () => ({ fields: [null] }),
  'fields of numbers': () => ({ fields: [1, 2] }),
  'a hole in the fields': () => {
    const fields = [field('a', int)];
    fields[2] = field('b', int);
    return { fields };
  },
  'no name': () => ({ fields: [{ type: int, nullable: false }] }),
  'a name that is a number': () => ({ fields: [field(5, int)] }),
  'a name that is null': () => ({ fields: [field(null, int)] }),
  'a name that is a symbol': () => ({ fields: [field(Symbol('a'), int)] }),
  'half a surrogate pair as a name': () => ({ fields: [field('\ud800', int)] }),
  'no type': () => ({ fields: [{ name: 'a', nullable: false }] }),
  'a type of text': () => ({ fields: [field('a', 'int32')] }),
  'a type of null': () => ({ fields: [field('a', null)] }),
  'a type that is not there': () => ({ fields: [field('a', { kind: 'decimal' })] }),
  'a type from the prototype': () => ({ fields: [field('a', { kind: 'constructor' })] }),
  'a type without kind': () => ({ fields: [field('a', {})] }),
  'a unit that is not there': () => ({
    fields: [field('a', { kind: 'timestamp', unit: 'weeks', timezone: 'UTC', js: 'date' })],
  }),
  'a timestamp without unit': () => ({
    fields: [field('a', { kind: 'timestamp', timezone: 'UTC', js: 'date' })],
  }),
  'a timezone that is a number': () => ({
    fields: [field('a', { kind: 'timestamp', unit: 'ms', timezone: 5, js: 'date' })],
  }),
  'a form that is not there': () => ({ fields: [field('a', { kind: 'int64', js: 'string' })] }),
  'nullable of text': () => ({ fields: [field('a', int, 'no')] }),
  'a schema that is an array': () => [field('a', int)],
  'a schema that is text': () => 'a int32',
  'a schema in a schema': () => ({ fields: [field('a', { fields: [field('b', int)] })] }),
};

interface Case {
  readonly shown: string;
  make(): unknown;
}
const nonsenseCase: fc.Arbitrary<Case> = fc
  .constantFrom(...Object.entries(nonsense))
  .map(([shown, make]) => ({ shown, make }));

/** What `defineSchema` may be given by JavaScript. */
const definitions: Readonly<Record<string, () => unknown>> = {
  nothing: () => undefined,
  null: () => null,
  'no columns': () => ({}),
  'an array': () => [],
  text: () => 'int32',
  'a column of null': () => ({ a: null }),
  'a column of undefined': () => ({ a: undefined }),
  'a column of text': () => ({ a: 'int32' }),
  'a constructor, not called': () => ({ a: kinds[1]?.type ?? 1, b: () => kinds[1]?.type }),
  'a column without type': () => ({ a: { nullable: true } }),
  'a type that is not there': () => ({ a: { type: { kind: 'decimal' }, nullable: false } }),
  'half a surrogate pair as a name': () => ({ '\udc00': kinds[1]?.type }),
  'a schema in a schema': () => ({ a: { fields: [] } }),
};

const schemaWords = ['schema', 'Schema', 'column', 'type', 'fields', 'name'];

/** Gives it to `toBatches`, or to a run; either must refuse it. */
export const badSchemas: fc.Arbitrary<Trial> = fc
  .record({ of: nonsenseCase, isRun: fc.integer({ min: 0, max: 3 }), to: target })
  .map(({ of, isRun, to }) => ({
    boundary: 'schemas',
    shown: `${of.shown}${isRun === 0 ? ` ${JSON.stringify(to)}` : ''}`,
    isRun: isRun === 0,
    async judge(scene) {
      // Of no type: it comes from JavaScript.
      const schema = of.make() as Schema;
      const items = [{ a: 1, b: 1 }];
      if (isRun === 0) {
        const accepted = await judgeRun(scene, {
          target: to,
          items,
          schema,
          columns: schema,
          mustFit: false,
          names: schemaWords,
        });
        if (accepted) throw new Problem('altered', 'taken, and written');
        return false;
      }
      let failure: unknown;
      try {
        from(items)
          .pipe(toBatches<unknown>({ schema, memory: scene.memory, name: 'rows' }))
          .subscribe({ error: (error: unknown) => (failure = error) });
      } catch (error) {
        failure = error;
      }
      if (failure === undefined) throw new Problem('altered', 'taken');
      judgeRefusal(failure, schemaWords);
      return false;
    },
  }));

const definitionCase: fc.Arbitrary<Case> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(...Object.entries(definitions)).map(([shown, make]) => ({ shown, make })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('a', '__proto__', ''), poison)
      .map(([name, value]: [string, Value]) => ({
        shown: `${name}: ${value.shown}`,
        make: () => Object.fromEntries([[name, value.make()]]),
      })),
  },
);

export const badDefinitions: fc.Arbitrary<Trial> = definitionCase.map(({ shown, make }) => ({
  boundary: 'definitions of schemas',
  shown,
  isRun: false,
  async judge() {
    let made: Schema;
    try {
      // Of no type: it comes from JavaScript.
      made = defineSchema(make() as Parameters<typeof defineSchema>[0]);
    } catch (error) {
      judgeRefusal(error, schemaWords);
      return false;
    }
    throw new Problem('altered', `taken: ${JSON.stringify(made)}`);
  },
}));

const oddName = fc
  .oneof(
    fc.constantFrom(
      '',
      ' ',
      '__proto__',
      'toString',
      'a.b',
      'a"b',
      'a,b',
      'a\nb',
      '\0',
      '\ufeff',
      'é',
      'e\u0301',
      'A',
      'a',
    ),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constant('x'.repeat(5_000)),
  )
  // hyparquet takes it for a byte order mark.
  .map((name) => name.replace(/^\ufeff/, 'mark'));

/** Columns of odd names: taken and read back, or refused by name. */
export const oddSchemas: fc.Arbitrary<Trial> = fc
  .uniqueArray(fc.tuple(oddName, fc.constantFrom(...kinds)), {
    minLength: 1,
    maxLength: 6,
    selector: ([name]) => name,
  })
  .chain((columns) =>
    fc.tuple(fc.constant(columns), fc.tuple(...columns.map(([, kind]) => kind.tame)), target, fc.nat(3)),
  )
  .map(([columns, values, to, isRun]) => ({
    boundary: 'odd schemas',
    shown: `${columns.map(([name, kind]) => `${JSON.stringify(name.slice(0, 30))}: ${kind.shown}`).join(', ')}`,
    isRun: isRun === 0,
    async judge(scene) {
      const row = Object.fromEntries(columns.map(([name], at) => [name, values[at]?.make()]));
      let schema: Schema;
      try {
        schema = defineSchema(Object.fromEntries(columns.map(([name, kind]) => [name, kind.type])));
      } catch (error) {
        judgeRefusal(error, schemaWords);
        return false;
      }
      if (isRun === 0) {
        const names = schemaWords;
        return judgeRun(scene, { target: to, items: [row], schema, columns: schema, mustFit: false, names });
      }
      const read: CanonRow[] = [];
      from([row])
        .pipe(toBatches<unknown>({ schema, memory: scene.memory, name: 'rows' }))
        .subscribe((batch) => {
          for (const found of batch.toRows() as Iterable<Record<string, unknown>>) {
            read.push(
              new Map(schema.fields.map(({ name, type }) => [name, canon(type, found[name]) ?? null])),
            );
          }
        });
      judgeRows([row], schema, read);
      return true;
    },
  }));
