// Text that is written with options which the files do not tell: the manifest does, so that a dataset is read as it was
// written, and never appended to with others.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@tailrace/adapters/sources';
import {
  bool,
  date,
  decimal,
  defineSchema,
  float64,
  fromIterable,
  int64,
  list,
  nullable,
  pipeline,
  type Report,
  type Sink,
  timestamp,
  utf8,
} from '@tailrace/core';
import { csv, msgpack, ndjson } from '@tailrace/writers';
import { afterEach, beforeEach, expect, test } from 'vitest';

const schema = defineSchema({
  id: int64(),
  part: utf8(),
  ratio: nullable(float64()),
  money: nullable(decimal(9, 2)),
  at: nullable(timestamp('us')),
  local: timestamp('ms', { timezone: null }),
  day: nullable(date()),
  flag: nullable(bool()),
  text: nullable(utf8()),
});
const texts = ['', 'plain', 'a;b', 'a,b', '\\N', 'NA', '1,5', '"quoted"', 'grüße 漢字', 'line\nbreak', ' x '];
const rows = texts.map((text, at) => {
  const moment = new Date(Date.UTC(2001, 0, 1 + at, at, 30, 15, 125));
  const isNull = at % 4 === 3;
  return {
    id: 2n ** 53n + BigInt(at),
    part: at % 2 === 0 ? 'even' : 'odd',
    ratio: isNull ? null : at / 8 - 0.5,
    money: isNull ? null : `${at - 3}.25`,
    at: isNull ? null : moment,
    local: moment,
    day: isNull ? null : new Date(Date.UTC(1969, 11, 25 + at)),
    flag: isNull ? null : at % 3 === 0,
    text: isNull ? null : text,
  };
});
type Row = (typeof rows)[number];

let dir = '';
let out = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-dialects-'));
  out = join(dir, 'out');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const write = (sink: Sink<Row>): Promise<Report> =>
  pipeline('texts', (flow) => {
    flow.write('out', flow.source('rows', fromIterable(rows), { schema }), sink);
  }).run({ workers: 0 }).settled;

async function read(): Promise<Row[]> {
  const found: Row[] = [];
  const source = await openDataset<Row>(out);
  for await (const chunk of source.open(new AbortController().signal)) found.push(...chunk);
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}
const columns = schema.fields.map(({ name }) => name);
const inOrder = (row: Row): unknown[] => columns.map((name) => row[name as keyof Row]);

const ways: readonly (readonly [string, () => Sink<Row>])[] = [
  ['csv as it is', () => csv(out)],
  [
    'csv of a spreadsheet',
    () => csv(out, { delimiter: ';', decimalSeparator: ',', bom: true, lineEnding: 'crlf' }),
  ],
  ['csv with a text for null', () => csv(out, { nullText: '\\N', quotes: 'all' })],
  ['csv with another text for null', () => csv(out, { nullText: 'NA', quotes: 'nonNumeric' })],
  ['csv without a header', () => csv(out, { header: false, partitionBy: ['part'] })],
  ['csv with counts', () => csv(out, { timestamps: 'count', dates: 'count', delimiter: '\t' })],
  ['csv with timestamps of SQL', () => csv(out, { timestamps: 'sql', delimiter: '|' })],
  ['csv with gzip', () => csv(out, { compression: 'gzip' })],
  ['csv with brotli', () => csv(out, { compression: 'brotli', nullText: '\\N' })],
  ['csv with zstd', () => csv(out, { compression: 'zstd', partitionBy: ['part'] })],
  ['ndjson with strings', () => ndjson(out, { bigint: 'string', nonFinite: 'string', keyOrder: 'sorted' })],
  ['ndjson with brotli', () => ndjson(out, { bigint: 'string', compression: 'brotli' })],
  ['ndjson with zstd', () => ndjson(out, { bigint: 'string', compression: 'zstd', partitionBy: ['part'] })],
];

test.each(ways)('openDataset reads %s as it was written, without being told', async (_, sink) => {
  expect((await write(sink())).state).toBe('completed');
  expect((await read()).map(inOrder)).toEqual(rows.map(inOrder));
});

test.each<[string, () => Sink<Row>, () => Sink<Row>, RegExp]>([
  [
    'another text for null',
    () => csv(out, { nullText: '\\N' }),
    () => csv(out, { nullText: 'NA', mode: 'append' }),
    /the option nullText of the format there is "\\\\N", and would be "NA"\. Give nullText as it was/,
  ],
  [
    'another delimiter',
    () => csv(out),
    () => csv(out, { delimiter: ';', mode: 'append' }),
    /option delimiter .* ","/,
  ],
  [
    'no header',
    () => csv(out),
    () => csv(out, { header: false, mode: 'append' }),
    /header .* true, and would be false/,
  ],
  [
    'guarded formulas',
    () => csv(out),
    () => csv(out, { formulaGuard: true, mode: 'append' }),
    /formulaGuard .* not given, and would be true/,
  ],
  [
    'numbers for strings',
    () => ndjson(out, { bigint: 'string' }),
    () => ndjson(out, { bigint: 'number', mode: 'append' }),
    /option bigint .* "string", and would be "number"/,
  ],
  [
    'another layout',
    () => msgpack(out),
    () => msgpack(out, { layout: 'columns', mode: 'append' }),
    /option layout .* "rows", and would be "columns"/,
  ],
])('parts with %s are not appended', async (_, first, second, message) => {
  expect((await write(first())).state).toBe('completed');
  const before = await readFile(join(out, '_manifest.json'), 'utf8');
  const [output] = (await write(second())).outputs;
  expect(output).toMatchObject({ state: 'failed', error: { code: 'PLAN_INVALID' } });
  expect(output?.error?.message).toMatch(message);
  expect(await readFile(join(out, '_manifest.json'), 'utf8')).toBe(before);
});

test('parts in another compression are appended, since each name tells its own', async () => {
  await write(csv(out, { nullText: '\\N', compression: 'gzip' }));
  expect((await write(csv(out, { nullText: '\\N', compression: 'zstd', mode: 'append' }))).state).toBe(
    'completed',
  );
  expect((await read()).map(inOrder)).toEqual(rows.flatMap((row) => [inOrder(row), inOrder(row)]));
});

test('what a guard against formulas and a null for NaN have changed is read as what it became: both go one way', async () => {
  const changing = defineSchema({ id: int64(), text: utf8(), ratio: float64(), list: list(float64()) });
  const given = [
    { id: 1n, text: '=1+1', ratio: Number.NaN, list: [1, Number.POSITIVE_INFINITY] },
    { id: 2n, text: "'=1+1", ratio: -0.5, list: [] },
  ];
  const written = async (
    make: (path: string) => Sink<(typeof given)[number]>,
    path: string,
  ): Promise<unknown[]> => {
    const flow = pipeline('changed', (flow) => {
      flow.write('out', flow.source('rows', fromIterable(given), { schema: changing }), make(path));
    });
    await flow.run({ workers: 0 }).completed;
    const found: unknown[] = [];
    const source = await openDataset(path);
    for await (const chunk of source.open(new AbortController().signal)) found.push(...chunk);
    return found;
  };
  expect(await written((path) => ndjson(path, { nonFinite: 'null' }), join(dir, 'blanked'))).toEqual([
    { id: 1n, text: '=1+1', ratio: null, list: [1, null] },
    given[1],
  ]);
  const guarded = defineSchema({ id: int64(), text: utf8() });
  const texts = given.map(({ id, text }) => ({ id, text }));
  const flow = pipeline('guarded', (flow) => {
    flow.write(
      'out',
      flow.source('rows', fromIterable(texts), { schema: guarded }),
      csv(out, { formulaGuard: true }),
    );
  });
  await flow.run({ workers: 0 }).completed;
  // An apostrophe may also have been there before: nothing tells the two apart.
  expect((await read()).map(({ text }) => text)).toEqual(["'=1+1", "'=1+1"]);
});
