// Owns schemas and rows drawn at random over all column types, nested ones included, for the tests of what holds columns.
import fc from 'fast-check';
import { formatDecimal } from '../batch/decimal-words.js';
import { halfBits, numberOfHalf } from '../batch/float16.js';
import type { DataType, Field, Schema, TimeUnit } from '../batch/schema.js';

const unit = fc.constantFrom<TimeUnit[]>('s', 'ms', 'us', 'ns');
const perDay = { s: 86_400, ms: 86_400_000, us: 86_400_000_000, ns: 86_400_000_000_000 } as const;

const plainKinds = [
  'bool',
  'int8',
  'int16',
  'int32',
  'uint8',
  'uint16',
  'uint32',
  'float64',
  'date',
] as const;
const flatType: fc.Arbitrary<DataType> = fc.oneof(
  fc.constantFrom(...plainKinds).map((kind): DataType => ({ kind })),
  fc.record({ kind: fc.constantFrom('int64', 'uint64'), js: fc.constantFrom('bigint', 'number') }),
  fc.constantFrom('float16', 'float32').map((kind): DataType => ({ kind })),
  fc.record({ kind: fc.constant('time'), unit }),
  fc.record({ kind: fc.constant('duration'), unit, js: fc.constantFrom('bigint', 'number') }),
  fc
    .record({ unit, timezone: fc.constantFrom(null, 'UTC', 'Europe/Zurich') })
    .map((type): DataType => ({ kind: 'timestamp', js: 'bigint', ...type })),
  fc
    .record({
      bits: fc.constantFrom(128, 256),
      precision: fc.integer({ min: 1, max: 38 }),
      fraction: fc.double({ min: 0, max: 1, noNaN: true }),
      js: fc.constantFrom('string', 'bigint'),
    })
    .map(({ bits, precision, fraction, js }): DataType => {
      const digits = bits === 128 ? precision : precision * 2;
      return { kind: 'decimal', bits, precision: digits, scale: Math.floor(fraction * digits), js };
    }),
  fc.constantFrom<DataType[]>(
    { kind: 'utf8' },
    { kind: 'utf8', large: true },
    { kind: 'binary' },
    { kind: 'binary', large: true },
    { kind: 'null' },
  ),
  fc.integer({ min: 1, max: 20 }).map((width): DataType => ({ kind: 'fixed_binary', width })),
);

const keyType: fc.Arbitrary<DataType> = fc.constantFrom<DataType[]>(
  { kind: 'utf8' },
  { kind: 'int32' },
  { kind: 'uint64', js: 'bigint' },
  { kind: 'bool' },
);

function field(name: string, of: fc.Arbitrary<DataType>): fc.Arbitrary<Field> {
  return fc
    .record({ type: of, nullable: fc.boolean() })
    .map(({ type, nullable }) => ({ name, type, nullable: nullable || type.kind === 'null' }));
}

/** A type with at most `depth` others around one another. */
function typeOfDepth(depth: number): fc.Arbitrary<DataType> {
  if (depth === 0) return flatType;
  const item = field('item', typeOfDepth(depth - 1));
  return fc.oneof(
    { weight: 2, arbitrary: flatType },
    fc
      .record({ item, large: fc.boolean() })
      .map(
        ({ item: of, large }): DataType =>
          large ? { kind: 'list', item: of, large } : { kind: 'list', item: of },
      ),
    fc
      .record({ item, size: fc.integer({ min: 1, max: 3 }) })
      .map((of): DataType => ({ kind: 'fixed_list', ...of })),
    fc
      .tuple(field('a', typeOfDepth(depth - 1)), field('__proto__', typeOfDepth(depth - 1)))
      .map((fields): DataType => ({ kind: 'struct', fields })),
    fc.record({ key: keyType, value: field('value', typeOfDepth(depth - 1)) }).map(
      ({ key, value }): DataType => ({
        kind: 'map',
        key: { name: 'key', type: key, nullable: false },
        value,
      }),
    ),
  );
}

/** A column that has a dictionary too, which only whole columns may be. */
const columnType = fc.oneof(
  { weight: 8, arbitrary: typeOfDepth(3) },
  fc.constant<DataType>({ kind: 'dictionary' }),
);

const anySchema: fc.Arbitrary<Schema> = fc
  .array(
    columnType.chain((type) => field('c', fc.constant(type))),
    { minLength: 1, maxLength: 5 },
  )
  .map((fields) => ({ fields: fields.map((one, at) => ({ ...one, name: `c${at}` })) }));

function integers(least: number, most: number): fc.Arbitrary<unknown> {
  return fc.oneof(fc.integer({ min: least, max: most }), fc.constantFrom(least, most, 0 + least));
}

const bytes = (length?: number): fc.Arbitrary<unknown> =>
  length === undefined
    ? fc.uint8Array({ maxLength: 20 })
    : fc.uint8Array({ minLength: length, maxLength: length });

/** Values of a column, in the form that rows have; null where it may be. */
function valuesOf({ type, nullable }: Field): fc.Arbitrary<unknown> {
  const values = someOf(type);
  return nullable && type.kind !== 'null'
    ? fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 3, arbitrary: values })
    : values;
}

function someOf(type: DataType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'int8':
      return integers(-128, 127);
    case 'int16':
      return integers(-32_768, 32_767);
    case 'int32':
      return integers(-2_147_483_648, 2_147_483_647);
    case 'uint8':
      return integers(0, 255);
    case 'uint16':
      return integers(0, 65_535);
    case 'uint32':
      return integers(0, 4_294_967_295);
    case 'int64':
    case 'duration':
      return type.js === 'number'
        ? fc.maxSafeInteger()
        : fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'uint64':
      return type.js === 'number' ? fc.maxSafeNat() : fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    case 'float64':
      return fc.double();
    case 'float32':
      return fc.float();
    case 'float16':
      return fc.float().map((value) => numberOfHalf(halfBits(value)));
    case 'decimal': {
      const most = 10n ** BigInt(type.precision) - 1n;
      const units = fc.bigInt({ min: -most, max: most });
      return type.js === 'bigint' ? units : units.map((unit) => formatDecimal(unit, type.scale));
    }
    case 'timestamp':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'date':
      return fc.integer({ min: -90_000, max: 90_000 }).map((day) => new Date(day * 86_400_000));
    case 'time':
      return fc.integer({ min: 0, max: perDay[type.unit] - 1 });
    case 'utf8':
      return fc.string({ unit: 'grapheme', maxLength: 12 });
    case 'dictionary':
      return fc.constantFrom('red', 'green', 'grün', '');
    case 'binary':
      return bytes();
    case 'fixed_binary':
      return bytes(type.width);
    case 'null':
      return fc.constant(null);
    case 'list':
      return fc.array(valuesOf(type.item), { maxLength: 4 });
    case 'fixed_list':
      return fc.array(valuesOf(type.item), { minLength: type.size, maxLength: type.size });
    case 'struct':
      return structOf(type.fields);
    case 'map':
      return fc
        .array(fc.tuple(valuesOf(type.key), valuesOf(type.value)), { maxLength: 3 })
        .map((entries) => new Map(entries));
  }
}

/** Built by hand: a record of fast-check has no own `__proto__`. */
function structOf(fields: readonly Field[]): fc.Arbitrary<unknown> {
  return fc.tuple(...fields.map(valuesOf)).map((values) => {
    const made = {};
    fields.forEach(({ name }, at) => {
      Object.defineProperty(made, name, {
        value: values[at],
        enumerable: true,
        writable: true,
        configurable: true,
      });
    });
    return made;
  });
}

export interface Table {
  readonly schema: Schema;
  readonly rows: readonly Record<string, unknown>[];
}

/** Rows of any schema. */
export function anyTable(maxRows: number, schemas: fc.Arbitrary<Schema> = anySchema): fc.Arbitrary<Table> {
  return schemas.chain((schema) =>
    fc
      .array(structOf(schema.fields), { maxLength: maxRows })
      // What `structOf` makes has a property for each column.
      .map((rows) => ({ schema, rows: rows as Record<string, unknown>[] })),
  );
}
