import { describe, expect, it } from 'vitest';
import type { ColumnBuilder } from './column-builder.js';
import { createRowWriter } from './row-writer.js';

function recorder(name: string, written: unknown[]): ColumnBuilder {
  const unused = (): never => {
    throw new Error('not part of writing');
  };
  return {
    field: { name, type: { kind: 'utf8' }, nullable: true },
    rowBytes: 0,
    textBytes: 0,
    chargedBytes: 0,
    write: (value, row) => written.push([name, value, row]),
    reserve: unused,
    undo: unused,
    sealedBytes: unused,
    seal: unused,
    free: unused,
  };
}

describe('createRowWriter', () => {
  it('does the same with generated code and without', () => {
    const items: unknown[] = [
      { a: 1, constructor: 2 },
      { constructor: 3, a: 4 },
      { a: 5 },
      {},
      JSON.parse('{"__proto__": 6}'),
      { b: 7 },
      null,
      [8],
    ];
    const outcomes = [true, false].map((generated) => {
      const written: unknown[] = [];
      const columns = ['a', 'constructor', '__proto__'].map((name) => recorder(name, written));
      const write = createRowWriter(columns, { stage: 's', item: 0 }, generated);
      return items.map((item, row) => {
        written.length = 0;
        try {
          write(item, row);
          return [...written];
        } catch (error) {
          return String(error);
        }
      });
    });
    expect(outcomes[0]).toEqual(outcomes[1]);
    expect(outcomes[0]?.slice(0, 5)).toEqual([
      [
        ['a', 1, 0],
        ['constructor', 2, 0],
        ['__proto__', undefined, 0],
      ],
      [
        ['a', 4, 1],
        ['constructor', 3, 1],
        ['__proto__', undefined, 1],
      ],
      [
        ['a', 5, 2],
        ['constructor', undefined, 2],
        ['__proto__', undefined, 2],
      ],
      [
        ['a', undefined, 3],
        ['constructor', undefined, 3],
        ['__proto__', undefined, 3],
      ],
      [
        ['a', undefined, 4],
        ['constructor', undefined, 4],
        ['__proto__', 6, 4],
      ],
    ]);
    expect(outcomes[0]?.slice(5)).toEqual([
      expect.stringContaining('"b" is no column'),
      expect.stringContaining('null came'),
      expect.stringContaining('an array of 1 came'),
    ]);
  });
});
