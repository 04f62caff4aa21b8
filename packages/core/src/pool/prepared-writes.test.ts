import { expect, it, vi } from 'vitest';
import type { Prepared } from '../sink/sink.js';
import type { OutputRecord } from './output-record.js';
import { progressOf } from './output-report.js';
import { createPreparedWrites } from './prepared-writes.js';

const prepared = (bytes: number, files: number): Prepared => ({
  rows: 1,
  bytes,
  files: Array.from({ length: files }, (_, n) => ({ path: `f${n}`, rows: 1, bytes, checksum: '' })),
  part: undefined,
});

it('what prepared writes have made is added up, of each once', () => {
  const writes = createPreparedWrites();
  expect([writes.size, writes.bytes, writes.files]).toEqual([0, 0, 0]);
  writes.set(3, prepared(10, 1));
  writes.set(1, prepared(5, 2));
  writes.set(3, prepared(7, 3));
  expect([writes.size, writes.bytes, writes.files]).toEqual([2, 12, 5]);
  expect([...writes.entries()].map(([index, { bytes }]) => [index, bytes])).toEqual([
    [3, 7],
    [1, 5],
  ]);
});

it('a look at the progress of an output does not go through its prepared writes', () => {
  const preparedWrites = createPreparedWrites();
  for (let index = 0; index < 10; index += 1) preparedWrites.set(index, prepared(3, 2));
  const through = vi.fn(() => []);
  const record = {
    name: 'o',
    numbers: { rows: 10, busyMs: 0 },
    heldBytes: () => 0,
    writes: new Map(),
    preparedWrites: Object.create(preparedWrites, {
      values: { value: through },
      entries: { value: through },
    }),
  } as unknown as OutputRecord; // No more of it is read.
  const told = progressOf({ record, snapshot: () => undefined } as unknown as Parameters<
    typeof progressOf
  >[0]); // As above.
  expect(told).toMatchObject({ bytesWritten: 30, files: 20, writes: { prepared: 10 } });
  expect(through).not.toHaveBeenCalled();
});
