// Values that a dialect of text may take for others: numbers that are none, texts that are the dialect's own word for null.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset } from '@tailrace/adapters/sources';
import {
  bool,
  defineSchema,
  float32,
  float64,
  fromIterable,
  int32,
  nullable,
  pipeline,
  type RowOfColumns,
  type Sink,
  utf8,
} from '@tailrace/core';
import { type CsvOptions, csv, type NdjsonOptions, ndjson } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const columns = {
  id: int32(),
  ratio: nullable(float64()),
  half: nullable(float32()),
  flag: nullable(bool()),
  text: nullable(utf8()),
};
const schema = defineSchema(columns);
type Row = RowOfColumns<typeof columns>;

const numbers = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -0,
  0,
  1.5,
  null,
  1e300,
  5e-324,
];
const halves = [-0, 0, Number.NaN, null, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, -1.5, 0.25];
/** Words for null of every dialect below, what looks like a number or a boolean, and what text formats are made of. */
const texts = [
  ...[
    '',
    null,
    '\\N',
    'NA',
    'null',
    'NULL',
    'NaN',
    '-Infinity',
    'Infinity',
    '0',
    '-0',
    'true',
    '"NA"',
    '""',
    '"',
    ' NA',
    'NA ',
  ],
  ...[
    '\ufeff',
    '\r',
    '\r\n',
    '\n',
    '\t',
    ';',
    '|',
    ',',
    "'",
    '=1+1',
    '\\',
    '\\"',
    ' ',
    '\u2028',
    'grüße 😀',
    '1,5',
  ],
];
const rows: Row[] = Array.from({ length: texts.length }, (_, id) => ({
  id,
  ratio: numbers[id % numbers.length] ?? null,
  half: halves[id % halves.length] ?? null,
  flag: [true, false, null][id % 3] ?? null,
  text: texts[id] ?? null,
}));

let dir = '';
let out = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-odd-'));
  out = join(dir, 'out');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function write(sink: Sink<Row>): Promise<void> {
  await pipeline('odd', (flow) => {
    flow.write('out', flow.source('rows', fromIterable(rows), { schema }), sink);
  }).run({ workers: 0 }).completed;
}

async function read(): Promise<Row[]> {
  const found: Row[] = [];
  for await (const chunk of (await openDataset<Row>(out)).open(new AbortController().signal))
    found.push(...chunk);
  return found.sort((a, b) => a.id - b.id);
}

const dialects: readonly CsvOptions[] = [
  {},
  { quotes: 'all' },
  { quotes: 'nonNumeric' },
  { delimiter: ';', decimalSeparator: ',', bom: true, lineEnding: 'crlf' },
  { delimiter: '\t', header: false },
  { delimiter: '|', compression: 'gzip' },
];
const nullTexts = [undefined, '\\N', 'NA', 'null', ' '];

describe.each(nullTexts)('CSV with %j for null', (nullText) => {
  test.each(dialects)('and %j gives back every value, and null for null alone', async (dialect) => {
    await write(csv(out, nullText === undefined ? dialect : { ...dialect, nullText }));
    expect(await read()).toEqual(rows);
  });
});

test.each(['NaN', '-Infinity', '0', 'true'])('CSV refuses %j for null, which is a value', (nullText) => {
  expect(() => csv(out, { nullText })).toThrow(/is also a value/);
});

const json: readonly NdjsonOptions[] = [
  { nonFinite: 'string' },
  { nonFinite: 'string', keyOrder: 'sorted', compression: 'brotli' },
];
test.each(json)('NDJSON with %j gives back every value', async (options) => {
  await write(ndjson(out, options));
  expect(await read()).toEqual(rows);
});

test('NDJSON gives null for numbers that are not finite where that was asked for', async () => {
  await write(ndjson(out, { nonFinite: 'null' }));
  const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null);
  expect(await read()).toEqual(
    rows.map((row) => ({ ...row, ratio: finite(row.ratio), half: finite(row.half) })),
  );
});

test('NDJSON refuses them where nothing was said', async () => {
  await expect(write(ndjson(out))).rejects.toMatchObject({ errors: [{ code: 'VALUE_INVALID' }] });
});
