import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowsFromColumns } from './row-maker.js';

describe('rows from columns', () => {
  it('are the same from generated code and from the loop, for any column names', () => {
    const name = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('__proto__', 'constructor', '"', "'", '\\', '\u2028', '`', '0', 'a b', '*/'),
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
        const columns = names.map((_, column) => [column * 10, `v${column}`, null]);
        const generated = rowsFromColumns(names, true)(columns, 3);
        const looped = rowsFromColumns(names, false)(columns, 3);
        expect(generated).toEqual(looped);
        expect(generated.map((row) => Object.keys(row).sort())).toEqual(
          Array.from({ length: 3 }, () => [...names].sort()),
        );
        expect(Object.getPrototypeOf(generated[0])).toBe(Object.prototype);
      }),
    );
  });

  it('hold just the count asked for, though the columns are longer', () => {
    expect(rowsFromColumns(['a'])([[1, 2, 3]], 2)).toEqual([{ a: 1 }, { a: 2 }]);
  });
});
