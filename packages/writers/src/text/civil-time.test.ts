import type { TimeUnit } from '@tailrace/core/sink';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateWriter, timestampWriter } from './civil-time.js';
import { int64Reader } from './numbers.js';
import { TextBuffer } from './text-buffer.js';

const perMillisecond = { us: 1000n, ns: 1_000_000n } as const;

function timestamps(values: readonly bigint[], unit: TimeUnit, instant: boolean): string[] {
  const write = timestampWriter(int64Reader(BigInt64Array.from(values)), unit, instant);
  return values.map((_, row) => {
    const out = new TextBuffer(1);
    write(out, row);
    return Buffer.from(out.bytes.subarray(0, out.length)).toString();
  });
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

  it('writes days as dates, a repeated one too', () => {
    const write = dateWriter();
    const out = new TextBuffer(1);
    for (const day of [0, 0, 19782, -1]) write(out, day);
    expect(Buffer.from(out.bytes.subarray(0, out.length)).toString()).toBe(
      '1970-01-011970-01-012024-02-291969-12-31',
    );
  });
});
