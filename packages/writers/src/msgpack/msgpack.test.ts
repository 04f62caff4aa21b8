import { decodeMulti, decodeTimestampToTimeSpec, ExtData } from '@msgpack/msgpack';
import type { DataType } from '@tailrace/core/sink';
import { Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { encodeAll, memorySink, openEncoder } from '../testing/encode.js';
import msgpackFormat from './module.js';
import { type MsgpackOptions, resolveMsgpackOptions } from './options.js';

const utf8: DataType = { kind: 'utf8' };
const int64: DataType = { kind: 'int64', js: 'bigint' };
const options = (given: MsgpackOptions = {}, path = 'out') => resolveMsgpackOptions(path, given);

async function written(columns: readonly TestColumn[], given: MsgpackOptions = {}): Promise<Uint8Array> {
  return encodeAll(msgpackFormat, options(given), testSchema(columns), [testBatch(columns)]);
}

const objects = (bytes: Uint8Array): unknown[] =>
  new Unpackr({ useRecords: false, int64AsType: 'bigint' }).unpackMultiple(bytes);

describe('msgpack', () => {
  it('writes a map for each row, nulls included', async () => {
    const columns: TestColumn[] = [
      { name: 'i', type: int64, values: [9223372036854775807n, null, -9223372036854775808n] },
      { name: 's', type: { kind: 'dictionary' }, values: ['ünï 🚀', '', 'ünï 🚀'] },
      { name: 'f', type: { kind: 'float64' }, values: [-0, 1, Number.NaN] },
    ];
    expect(objects(await written(columns))).toEqual([
      { i: 9223372036854775807n, s: 'ünï 🚀', f: -0 },
      { i: null, s: '', f: 1 },
      { i: -9223372036854775808n, s: 'ünï 🚀', f: Number.NaN },
    ]);
  });

  it('writes columns as a header and a map of arrays for each batch, also without any', async () => {
    const columns: TestColumn[] = [
      { name: 'a', type: utf8, nullable: true, values: ['x', null] },
      { name: 'b', type: { kind: 'timestamp', unit: 'us', timezone: 'UTC', js: 'date' }, values: [0n, 1n] },
    ];
    const header = {
      tailrace: 1,
      columns: [
        { name: 'a', type: 'utf8', nullable: true },
        { name: 'b', type: 'timestamp[us, UTC]', nullable: false },
      ],
    };
    const [first, batch] = objects(await written(columns, { layout: 'columns' }));
    expect(first).toEqual(header);
    expect(batch).toMatchObject({ a: ['x', null] });
    const schema = testSchema(columns);
    const empty = await encodeAll(msgpackFormat, options({ layout: 'columns' }), schema, []);
    expect(objects(empty)).toEqual([header]);
  });

  it('keeps floats apart from integers, and integers as short as they are', async () => {
    const columns: TestColumn[] = [
      { name: 'f', type: { kind: 'float64' }, values: [1] },
      { name: 'i', type: { kind: 'int32' }, values: [1] },
    ];
    expect([...(await written(columns))]).toEqual([
      0x82, 0xa1, 0x66, 0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xa1, 0x69, 1,
    ]);
  });

  it.each([
    ['s', -1n, { sec: -1, nsec: 0 }],
    ['ms', -1n, { sec: -1, nsec: 999_000_000 }],
    ['us', 1_000_001n, { sec: 1, nsec: 1_000 }],
    ['ns', -9223372036854775808n, { sec: -9223372037, nsec: 145224192 }],
    ['ns', 9223372036854775807n, { sec: 9223372036, nsec: 854775807 }],
    ['us', 9223372036854775807n, { sec: 9223372036854, nsec: 775807000 }],
  ] as const)('writes timestamps in %s to the nanosecond: %s', async (unit, value, wanted) => {
    const type: DataType = { kind: 'timestamp', unit, timezone: null, js: 'bigint' };
    // As they lie there: the library's own Date would lose what is beneath a millisecond.
    const extensionCodec = {
      tryToEncode: () => null,
      decode: (data: Uint8Array, kind: number) => new ExtData(kind, data),
    };
    const [row] = decodeMulti(await written([{ name: 't', type, values: [value] }]), { extensionCodec });
    const { t } = row as { t: ExtData };
    expect(t.type).toBe(-1);
    expect(decodeTimestampToTimeSpec(t.data as Uint8Array)).toEqual(wanted);
  });

  it('refuses seconds that the library would round', async () => {
    const type: DataType = { kind: 'timestamp', unit: 's', timezone: null, js: 'bigint' };
    const late: TestColumn[] = [{ name: 't', type, values: [2n ** 53n] }];
    await expect(written(late)).rejects.toMatchObject({ code: 'VALUE_INVALID' });
  });

  it('hands full blocks on within a batch, and reads back the same', async () => {
    const values = Array.from({ length: 30_000 }, (_, row) => `text number ${row}`);
    const schema = testSchema([{ name: 's', type: utf8, values }]);
    for (const layout of ['rows', 'columns'] as const) {
      const out = memorySink();
      const encoder = await openEncoder(msgpackFormat, options({ layout }), schema, out, undefined, 20_000);
      await encoder.write(testBatch([{ name: 's', type: utf8, values }]));
      expect(out.bytesWritten).toBeGreaterThan(300_000);
      expect(await encoder.finish()).toEqual({ rows: 30_000 });
      const read = objects(out.contents());
      const texts =
        layout === 'rows' ? read.map((row) => (row as { s: string }).s) : (read[1] as { s: unknown }).s;
      expect(texts).toEqual(values);
    }
  });

  it('refuses columns of one name, and a key that readers in JavaScript refuse', () => {
    const column = { name: 'a', type: utf8, values: ['x'] };
    const check = (names: readonly string[]) =>
      msgpackFormat.check(testSchema(names.map((name) => ({ ...column, name }))), options());
    expect(() => check(['a', 'a'])).toThrow(/a map keeps only one/);
    expect(() => check(['__proto__'])).toThrow(/__proto__/);
    const item = { name: '__proto__', type: utf8, nullable: false };
    const within: DataType = {
      kind: 'list',
      item: { name: 'i', type: { kind: 'struct', fields: [item] }, nullable: false },
    };
    const schema = { fields: [{ name: 'l', type: within, nullable: false }] };
    expect(() => msgpackFormat.check(schema, options())).toThrow(/l\[\]\.__proto__/);
  });

  it('refuses a layout that it does not know, and takes compression from the name', () => {
    // What JavaScript may pass.
    expect(() => options({ layout: 'table' } as unknown as MsgpackOptions)).toThrow(/"rows" or "columns"/);
    expect(() => options({ layout: 1n } as unknown as MsgpackOptions)).toThrow(/"columns", not 1\./);
    expect(options({}, 'a/x.msgpack.gz').compression).toBe('gzip');
    expect(msgpackFormat.extension(options({ compression: 'gzip' }))).toBe('.msgpack.gz');
  });
});
