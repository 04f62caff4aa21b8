import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSchema, TailraceError } from '@tailrace/core';
import {
  Field,
  Float32,
  Int16,
  type RecordBatch,
  Schema,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
} from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schemaFrom } from './schema-from.js';

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-schema-from-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function columnsOf(name: string, content: string | Uint8Array, options = {}): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return describeSchema(await schemaFrom(path, options));
}

describe('the schema of a file', () => {
  it('is what an Arrow file or stream says, with every type as it is', async () => {
    const schema = new Schema([
      new Field('small', new Int16(), false),
      new Field('rate', new Float32(), true),
      new Field('at', new TimestampMicrosecond('UTC'), true),
      new Field('name', new Utf8(), true),
    ]);
    const table = new Table(schema, [] as RecordBatch[]);
    const wanted = 'small int16, rate float32?, at timestamp[us, UTC]?, name utf8?';
    expect(await columnsOf('a.arrow', tableToIPC(table, 'file'))).toBe(wanted);
    expect(await columnsOf('a.arrows', tableToIPC(table, 'stream'))).toBe(wanted);
  });

  it('is told of CSV by its first rows: plain numbers, truth values, else text', async () => {
    const text =
      'n,zip,flag,day,none,long\n1,02134,true,2024-01-01,,12345678901234567\n-2.5e3,10001,false,x,,1\n,,,,,\n';
    expect(await columnsOf('a.csv', text)).toBe(
      'n float64?, zip utf8?, flag bool?, day utf8?, none utf8?, long utf8?',
    );
    expect(await columnsOf('b.csv', 'n\n1\nx\n', { sampleRows: 1 })).toBe('n float64?');
  });

  it('is told of NDJSON as a stage infers it', async () => {
    expect(await columnsOf('a.ndjson', '{"n":1,"s":"x"}\n{"n":null,"s":"y"}\n')).toBe('n float64?, s utf8?');
    await expect(columnsOf('b.jsonl', '{"n":1}\n{"n":"x"}\n')).rejects.toThrow(/earlier rows hold float64/);
  });

  it('is refused for names that tell no format, missing and damaged files', async () => {
    await expect(schemaFrom(join(dir, 'a.txt'))).rejects.toThrow(/cannot be told from its name/);
    await expect(schemaFrom(join(dir, 'none.arrow'))).rejects.toThrow(TailraceError);
    await expect(columnsOf('bad.arrow', 'no arrow at all')).rejects.toThrow(/bad\.arrow/);
    await expect(columnsOf('a.xml', '<a/>', { format: 'xml' })).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringMatching(
        /reads parquet, arrow, csv, ndjson and msgpack, not the format "xml".*a\.xml/,
      ),
    });
    await expect(columnsOf('empty.csv', 'a,b\n')).rejects.toThrow(/has no row/);
  });
});
