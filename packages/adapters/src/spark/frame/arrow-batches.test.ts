import { tableFromArrays, tableToIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ArrowBatch, ExecutePlanResponse } from '../protocol/responses.js';
import { arrowBatches } from './arrow-batches.js';
import { collectRows } from './rows.js';

const ipc = (values: readonly number[]): Uint8Array =>
  tableToIPC(tableFromArrays({ x: Float64Array.from(values) }), 'stream');

async function* responses(batches: readonly Partial<ArrowBatch>[]): AsyncGenerator<ExecutePlanResponse> {
  for (const [at, given] of batches.entries()) {
    const value = { rowCount: 0n, data: new Uint8Array(), ...given };
    yield {
      serverSideSessionId: 's',
      operationId: 'o',
      responseId: `${at}`,
      responseType: { case: 'arrowBatch', value },
    };
  }
}

const rowsOf = (batches: readonly Partial<ArrowBatch>[], maxBytes = 1e6, maxCollect = 1e6) =>
  collectRows<{ x: number }>(
    arrowBatches(responses(batches), maxBytes, 'collect rows'),
    {},
    maxCollect,
    'collect rows',
  );

/** A batch cut into parts of a size, as newer servers send large ones. */
function inParts(values: readonly number[], partBytes: number): Partial<ArrowBatch>[] {
  const data = ipc(values);
  const count = Math.ceil(data.length / partBytes);
  return Array.from({ length: count }, (_, at) => ({
    rowCount: BigInt(values.length),
    data: data.slice(at * partBytes, (at + 1) * partBytes),
    chunkIndex: BigInt(at),
    numChunksInBatch: BigInt(count),
  }));
}

describe('the batches of a result', () => {
  it('give all rows in order, in however many parts each batch comes', async () => {
    const finite = fc.double({ noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(finite, { minLength: 1 })),
        fc.integer({ min: 7, max: 5_000 }),
        async (batches, size) => {
          const rows = await rowsOf(batches.flatMap((values) => inParts(values, size)));
          expect(rows.map(({ x }) => x)).toEqual(batches.flat());
        },
      ),
      { numRuns: 30 },
    );
  });

  it('may be empty', async () => {
    expect(await rowsOf([{ data: ipc([]) }])).toEqual([]);
    expect(await rowsOf([])).toEqual([]);
  });

  it.each([
    ['a part too few', inParts([1, 2], 100).slice(0, -1), 'not sent whole'],
    [
      'a part twice',
      inParts([1, 2], 100).flatMap((part, at) => (at === 0 ? [part, part] : [part])),
      'part 0 came where part 1 was due',
    ],
    [
      'a batch too few between them',
      [
        { data: ipc([1]), rowCount: 1n, startOffset: 0n },
        { data: ipc([3]), rowCount: 1n, startOffset: 2n },
      ],
      'a batch began at row 2 where row 1 was due',
    ],
    ['fewer rows than the server says', [{ data: ipc([1]), rowCount: 2n }], 'a batch of 2 rows holds 1'],
  ])('that have %s are damaged, which may pass', async (_what, batches, problem) => {
    await expect(rowsOf(batches)).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
      status: 'temporary',
      message: expect.stringContaining(problem),
    });
  });

  it('may not be larger than the budget, alone or together', async () => {
    const batch = { data: ipc([1, 2]), rowCount: 2n };
    await expect(rowsOf([batch], batch.data.length - 1)).rejects.toMatchObject({
      code: 'OVERFLOW',
      message: expect.stringContaining('maxBatchBytes'),
    });
    await expect(rowsOf([batch, batch], 1e6, batch.data.length)).rejects.toMatchObject({
      code: 'OVERFLOW',
      message: expect.stringContaining('batches()'),
    });
  });
});
