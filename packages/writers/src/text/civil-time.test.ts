import type { TimeUnit } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Dates, Timestamps, timeBytes } from './civil-time.js';
import { wordsOf } from './int64.js';
import { textTarget } from './text-target.js';

const perMillisecond = { us: 1000n, ns: 1_000_000n } as const;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The texts of the rows, each over what was left of others. */
function texts(rows: number, column: Dates | Timestamps, most: number = timeBytes): string[] {
  return Array.from({ length: rows }, (_, row) => {
    const out = textTarget(most);
    out.bytes.fill(33);
    return Buffer.from(out.bytes.subarray(0, column.put(out, 0, row))).toString();
  });
}

function timestamps(values: readonly bigint[], unit: TimeUnit, instant: boolean): string[] {
  const words = wordsOf(BigInt64Array.from(values));
  return texts(values.length, new Timestamps(words, unit, bytes(instant ? 'Z' : '')));
}

describe('civil time', () => {
  it('agrees with toISOString for every millisecond a Date can hold, years before 0 and after 9999 included', () => {
    fc.assert(
      fc.property(fc.integer({ min: -8.64e15, max: 8.64e15 }), (time) => {
        expect(timestamps([BigInt(time)], 'ms', true)).toEqual([new Date(time).toISOString()]);
      }),
      { numRuns: 5000 },
    );
  });

  it('agrees with toISOString on the first and last millisecond of every day of a leap cycle', () => {
    const days = Array.from({ length: 1500 }, (_, index) => index * 100 - 20_000);
    const times = days.flatMap((day) => [day * 86_400_000, (day + 1) * 86_400_000 - 1]);
    expect(timestamps(times.map(BigInt), 'ms', true)).toEqual(
      times.map((time) => new Date(time).toISOString()),
    );
  });

  it.each(['us', 'ns'] as const)('keeps every digit of %s, beyond 2^53 too', (unit) => {
    const factor = perMillisecond[unit];
    const limit = (2n ** 63n - 1n) / factor;
    fc.assert(
      fc.property(
        fc.bigInt({ min: -limit + 1n, max: limit - 1n }),
        fc.bigInt({ min: 0n, max: factor - 1n }),
        (time, rest) => {
          fc.pre(time >= -8640000000000000n && time <= 8640000000000000n);
          const digits = String(rest).padStart(unit === 'us' ? 3 : 6, '0');
          const iso = new Date(Number(time)).toISOString().slice(0, -1);
          expect(timestamps([time * factor + rest], unit, false)).toEqual([`${iso}${digits}`]);
        },
      ),
    );
  });

  it('tells the last unit of a day from midnight, up to the last safe day', () => {
    const perDay = { s: 86_400n, ms: 86_400_000n, us: 86_400_000_000n } as const;
    for (const unit of ['s', 'ms', 'us'] as const) {
      const last = BigInt(Number.MAX_SAFE_INTEGER) / perDay[unit];
      for (const day of [1n, 11323n, last - 1n, last, -last, 1n - last]) {
        const [before = '', midnight = ''] = timestamps(
          [day * perDay[unit] - 1n, day * perDay[unit]],
          unit,
          false,
        );
        expect([before, midnight].map((text) => text.split('T')[1]?.slice(0, 8))).toEqual([
          '23:59:59',
          '00:00:00',
        ]);
      }
    }
  });

  it('survives the extremes of 64 bits in seconds', () => {
    expect(timestamps([2n ** 63n - 1n, -(2n ** 63n)], 's', true)).toEqual([
      '+292277026596-12-04T15:30:07Z',
      '-292277022657-01-27T08:29:52Z',
    ]);
  });

  it('remembers the second, the day or neither, and gives the same text', () => {
    const time = fc
      .tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 5000 }))
      .map(([day, millisecond]) => BigInt(day) * 86_400_000n + BigInt(millisecond));
    fc.assert(
      fc.property(fc.array(time, { minLength: 1 }), (times) => {
        const expected = times.map((value) => new Date(Number(value)).toISOString());
        expect(timestamps(times, 'ms', true)).toEqual(expected);
        expect(
          timestamps(
            times.map((value) => value * 1_000_000n),
            'ns',
            true,
          ),
        ).toEqual(expected.map((text) => text.replace('Z', '000000Z')));
      }),
    );
  });

  it('goes from values that are safe to others that are not, and back', () => {
    expect(timestamps([0n, 2n ** 63n - 1n, 1n, -(2n ** 63n), 0n], 'us', false)).toEqual([
      '1970-01-01T00:00:00.000000',
      '+294247-01-10T04:00:54.775807',
      '1970-01-01T00:00:00.000001',
      '-290308-12-21T19:59:05.224192',
      '1970-01-01T00:00:00.000000',
    ]);
  });

  it.each(['us', 'ns'] as const)(
    'keeps the last digit of %s in the seconds that 2^53 and -2^53 lie in',
    (unit) => {
      const edge = 2n ** 53n;
      const values = [-1n, 1n].flatMap((sign) =>
        [edge - 1n, edge + 1n, edge, edge + 3n, edge - 3n].map((value) => sign * value),
      );
      const factor = perMillisecond[unit];
      const expected = values.map((value) => {
        const rest = ((value % factor) + factor) % factor;
        const iso = new Date(Number((value - rest) / factor)).toISOString().slice(0, -1);
        return `${iso}${String(rest).padStart(unit === 'us' ? 3 : 6, '0')}`;
      });
      expect(timestamps(values, unit, false)).toEqual(expected);
      // A second that has begun long before 2^53.
      const long = edge - (edge % (factor * 1000n)) + 1000n;
      expect(timestamps([long, edge + 1n], unit, false)[1]).toBe(expected[6]);
    },
  );

  it('has what stands after, of any length', () => {
    const words = wordsOf(BigInt64Array.of(0n, 1000n));
    const after = 'Z"ä'.repeat(20);
    const most = timeBytes + bytes(after).length;
    expect(texts(2, new Timestamps(words, 'ms', bytes(after)), most)).toEqual([
      `1970-01-01T00:00:00.000${after}`,
      `1970-01-01T00:00:01.000${after}`,
    ]);
    expect(texts(2, new Dates(Int32Array.of(0, 1), bytes(after)), most)).toEqual([
      `1970-01-01${after}`,
      `1970-01-02${after}`,
    ]);
  });

  it('writes days as dates, a repeated one too', () => {
    expect(texts(5, new Dates(Int32Array.of(0, 0, 19782, -1, 2_147_483_647), bytes('')))).toEqual([
      '1970-01-01',
      '1970-01-01',
      '2024-02-29',
      '1969-12-31',
      '+5881580-07-11',
    ]);
  });
});
