import type { DataType } from '@tailrace/core/sink';
import { MessageReader, RecordBatchReader, tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { encodeAll, memorySink, openEncoder } from '../testing/encode.js';
import arrowFormat from './module.js';
import { type ArrowOptions, resolveArrowOptions } from './options.js';

const int64: DataType = { kind: 'int64', js: 'bigint' };
const dictionary: DataType = { kind: 'dictionary' };
const options = (given: ArrowOptions = {}, path = 'out') => resolveArrowOptions(path, given);

const column = (...values: (string | null)[]): TestColumn[] => [
  { name: 'k', type: dictionary, nullable: true, values },
];
const threeBatches = [column('a', null, 'b'), column('c', 'b', 'c'), column(null, null)];

async function written(batches: readonly TestColumn[][], given: ArrowOptions): Promise<Uint8Array> {
  const schema = testSchema(batches[0] ?? []);
  return encodeAll(
    arrowFormat,
    options(given),
    schema,
    batches.map((columns) => testBatch(columns, schema)),
  );
}

describe('arrow', () => {
  it.each([
    ['file', 'keep', 'Dictionary<Int32, Utf8>'],
    ['file', 'text', 'Utf8'],
    ['stream', 'keep', 'Dictionary<Int32, Utf8>'],
    ['stream', 'text', 'Utf8'],
  ] as const)(
    'as %s, dictionaries: %s, gives the strings of all batches as %s',
    async (as, dictionaries, type) => {
      const table = tableFromIPC(await written(threeBatches, { as, dictionaries }));
      expect(String(table.schema.fields[0]?.type)).toBe(type);
      expect([...(table.getChild('k') ?? [])]).toEqual(['a', null, 'b', 'c', 'b', 'c', null, null]);
    },
  );

  it.each(['file', 'stream'] as const)(
    'compresses the buffers of a %s so that polars reads them',
    async (as) => {
      const few: TestColumn[] = [
        { name: 'i', type: int64, values: [2n ** 62n, -1n] },
        { name: 'k', type: { kind: 'utf8' }, nullable: true, values: ['a', null] },
      ];
      const many = Array.from({ length: 5_000 }, (_, at) => at);
      const large: TestColumn[] = [
        { name: 'i', type: int64, values: many.map((at) => BigInt(at >> 4)) },
        {
          name: 'k',
          type: { kind: 'utf8' },
          nullable: true,
          values: many.map((at) => (at % 3 === 0 ? null : `k${at % 7}`)),
        },
      ];
      const bytes = Buffer.from(await written([few, large], { as, buffers: 'zstd' }));
      expect(bytes.length).toBeLessThan((await written([few, large], { as })).length / 4);
      const polars = await import('nodejs-polars');
      const frame = as === 'file' ? polars.readIPC(bytes) : polars.readIPCStream(bytes);
      expect(frame.getColumn('i').toArray().map(BigInt)).toEqual(
        [...few, ...large].flatMap(({ name, values }) => (name === 'i' ? values : [])),
      );
      expect(frame.getColumn('k').toArray()).toEqual(
        [...few, ...large].flatMap(({ name, values }) => (name === 'k' ? values : [])),
      );
    },
  );

  it('takes text for text whose strings were merely found to repeat', async () => {
    const columns: TestColumn[] = [
      { name: 'k', type: { kind: 'dictionary', inferred: true }, values: ['a', 'a'] },
    ];
    const table = tableFromIPC(await written([columns], { as: 'stream' }));
    expect(String(table.schema.fields[0]?.type)).toBe('Utf8');
  });

  it('has the schema in a file also where those look who read it as a stream', async () => {
    const bytes = await written(threeBatches, { as: 'file' });
    expect(Buffer.from(bytes.subarray(0, 6)).toString()).toBe('ARROW1');
    const rows = [...RecordBatchReader.from(bytes.subarray(8))].map((batch) => batch.numRows);
    expect(rows).toEqual([3, 3, 2]);
  });

  it('hands large columns over as they lie in shared memory', async () => {
    const values = Array.from({ length: 4_096 }, (_, row) => BigInt(row));
    const batch = testBatch([{ name: 'i', type: int64, values }]);
    const seen: ArrayBufferLike[] = [];
    const out = { bytesWritten: 0, write: (bytes: Uint8Array) => void seen.push(bytes.buffer) };
    const encoder = await openEncoder(arrowFormat, options(), batch.schema, out);
    await encoder.write(batch);
    expect(seen).toContain(batch.data.columns[0]?.values.buffer);
    await encoder.abort();
  });

  it('puts code 0 under nulls, where codes that the dictionary has not would stop strict readers', async () => {
    const schema = testSchema(column('a', null));
    const batch = testBatch(column('a', null), schema);
    const codes = batch.data.columns[0]?.values as Int32Array; // a dictionary column
    codes[1] = 99;
    const bytes = await encodeAll(arrowFormat, options({ as: 'stream' }), schema, [batch]);
    expect([...(tableFromIPC(bytes).batches[0]?.data.children[0]?.values ?? [])].slice(0, 2)).toEqual([0, 0]);
    expect(codes[1]).toBe(99);
  });

  it('refuses a file whose dictionaries grow beyond the memory it has, naming ways out', async () => {
    const schema = testSchema(column('a'));
    const encoder = await openEncoder(
      arrowFormat,
      options({ as: 'file', dictionaries: 'keep' }),
      schema,
      memorySink(),
      undefined,
      10_000,
    );
    await encoder.write(testBatch(column('a'), schema));
    const many = Array.from({ length: 1_000 }, (_, row) => `entry ${row}`);
    await expect(encoder.write(testBatch(column(...many), schema))).rejects.toThrow(/dictionaries: 'text'/);
    await expect(encoder.finish()).rejects.toThrow(/dictionaries/);
  });

  it('makes strings of a dictionary for no more rows at once than its memory holds, and loses none', async () => {
    const long = 'x'.repeat(20_000);
    const words = [long, null, 'a', 'y'.repeat(150_000), long, 'b'];
    const values = Array.from({ length: 600 }, (_, row) => words[row % words.length] ?? null);
    const numbers = values.map((_, row) => (row % 7 === 0 ? null : BigInt(row)));
    const columns: TestColumn[] = [...column(...values), { name: 'n', type: int64, values: numbers }];
    const schema = testSchema(columns);
    for (const as of ['file', 'stream'] as const) {
      const out = memorySink();
      const given = options({ as, dictionaries: 'text' });
      const encoder = await openEncoder(arrowFormat, given, schema, out, undefined, 100_000);
      await encoder.write(testBatch(columns, schema));
      await encoder.finish();
      const table = tableFromIPC(out.contents());
      expect([...(table.getChild('k') ?? [])]).toEqual(values);
      expect([...(table.getChild('n') ?? [])]).toEqual(numbers);
      const sizes = table.batches.map(({ data }) => data.children[0]?.values.length ?? 0);
      // Only a row that is alone may be larger.
      expect(table.batches.filter(({ numRows }, at) => numRows > 1 && (sizes[at] ?? 0) > 100_064)).toEqual(
        [],
      );
      expect(sizes.length).toBeGreaterThan(200);
    }
  });

  it('writes a stream of no batches as its schema alone, and a file with nothing between its ends', async () => {
    const schema = testSchema(column('a'));
    for (const as of ['file', 'stream'] as const) {
      const table = tableFromIPC(await encodeAll(arrowFormat, options({ as }), schema, []));
      expect({ rows: table.numRows, names: table.schema.names }).toEqual({ rows: 0, names: ['k'] });
    }
  });

  it('sends one record batch for each batch, with one dictionary each in a stream', async () => {
    const reader = new MessageReader(await written(threeBatches, { as: 'stream' }));
    const kinds: string[] = [];
    for (let message = reader.readMessage(); message !== null; message = reader.readMessage()) {
      kinds.push(message.isSchema() ? 'schema' : message.isDictionaryBatch() ? 'dictionary' : 'batch');
      reader.readMessageBody(message.bodyLength);
    }
    expect(kinds).toEqual(['schema', 'dictionary', 'batch', 'dictionary', 'batch', 'dictionary', 'batch']);
  });

  it('refuses a batch of another schema, and two columns of one name', async () => {
    const schema = testSchema(column('a'));
    const encoder = await openEncoder(arrowFormat, options(), schema, memorySink());
    await expect(encoder.write(testBatch([{ name: 'k', type: int64, values: [1] }]))).rejects.toMatchObject({
      code: 'SCHEMA_INVALID',
    });
    const twice = testSchema([...column('a'), ...column('a')]);
    expect(() => arrowFormat.check(twice, options())).toThrow(/Two columns are named "k"/);
  });

  it.each([
    [{ as: 'feather' }, /"file" or "stream"/],
    [{ dictionaries: 'some' }, /"keep" or "text"/],
    [{ buffers: 'lz4' }, /"none" or "zstd", not "lz4"; lz4 is only read/],
    [{ buffers: 'zstd', compression: 'gzip' }, /once more; drop one of the two/],
  ])('refuses %j', (given, message) => {
    // What JavaScript may pass.
    expect(() => options(given as ArrowOptions)).toThrow(message);
  });

  it('refuses options that JSON cannot show', () => {
    for (const name of ['as', 'dictionaries', 'buffers']) {
      const given: object = { [name]: 1n };
      expect(() => options(given)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
    }
  });

  it('takes the layout from the name of one file', () => {
    expect(options({}, 'a/x.arrows')).toMatchObject({ as: 'stream', dictionaries: 'keep' });
    expect(options({}, 'a/x.arrow')).toMatchObject({ as: 'file', dictionaries: 'text' });
    expect(arrowFormat.extension(options({ as: 'stream' }))).toBe('.arrows');
  });
});
