import { describe, expect, it } from 'vitest';
import type { Manifest } from '../sink/store.js';
import { checkAppendable } from './appendable.js';

const manifest: Manifest = {
  version: 1,
  runId: 'run',
  output: 'daily',
  format: 'csv',
  schema: 'a int32, b utf8?',
  partitionBy: ['year', 'month'],
  rows: 1,
  bytes: 1,
  files: [{ path: 'p', rows: 1, bytes: 1, checksum: 'sha256:0' }],
};
const adding = (other: Partial<Manifest>) => () =>
  checkAppendable(manifest, { ...manifest, ...other }, '/data/daily');

describe('what may be appended', () => {
  it('is the same format, partitioning and schema', () => {
    expect(adding({ runId: 'next', rows: 7 })).not.toThrow();
  });

  it('is nothing else, and the message names both sides and the path', () => {
    const refused: [Partial<Manifest>, string, RegExp][] = [
      [{ format: 'parquet' }, 'PLAN_INVALID', /\/data\/daily: the format there is csv, and would be parquet/],
      [{ partitionBy: ['month', 'year'] }, 'PLAN_INVALID', /by year, month, and would be by month, year/],
      [{ partitionBy: ['year'] }, 'PLAN_INVALID', /by year, month, and would be by year\./],
      [
        { schema: 'a int64, b utf8?' },
        'SCHEMA_INVALID',
        /\(a int32, b utf8\?\), and would be \(a int64, b utf8\?\)/,
      ],
    ];
    for (const [other, code, message] of refused) {
      expect(adding(other)).toThrow(expect.objectContaining({ code, status: 'permanent' }));
      expect(adding(other)).toThrow(message);
    }
  });

  it('is told which columns differ, and how', () => {
    const int32 = { kind: 'int32' } as const;
    const text = { kind: 'utf8' } as const;
    const there = [
      { name: 'a', type: int32, nullable: false },
      { name: 'b', type: text, nullable: true },
    ];
    const [a, b] = there;
    const cases: [Manifest['columns'], RegExp][] = [
      [[...there, { name: 'c', type: text, nullable: true }], /: "c" is new\. /],
      [there.slice(0, 1), /: "b" is missing\. /],
      [
        [{ name: 'a', type: { kind: 'float64' }, nullable: false }, ...there.slice(1)],
        /"a" is float64 and was int32\. /,
      ],
      [
        [...there.slice(0, 1), { name: 'b', type: text, nullable: false }],
        /"b" may not be null and might\. /,
      ],
      [[b, a].flatMap((field) => field ?? []), /: the columns are in another order\. /],
    ];
    for (const [columns, message] of cases) {
      const add = (): void =>
        checkAppendable(
          { ...manifest, columns: there },
          { ...manifest, schema: 'other', columns },
          '/data/daily',
        );
      expect(add).toThrow(message);
    }
  });

  it('is anything where one side has no files', () => {
    expect(adding({ schema: '', files: [] })).not.toThrow();
    const empty = { ...manifest, files: [] };
    expect(() => checkAppendable(empty, { ...manifest, format: 'parquet' }, '/data/daily')).not.toThrow();
  });
});
