// Owns rows of JavaScript from the batches that Spark sends: values as the sources of this package give them.
import type { Field } from '@tailrace/core';
import { OverflowError, TailraceError } from '@tailrace/core';
import type { RecordBatch } from 'apache-arrow';
import { columnDecoder } from '../../sources/columns/column-values.js';
import { ours } from '../../sources/columns/of-arrow.js';
import { rowsFromColumns } from '../../sources/row-maker.js';
import { inForms, type ValueForms } from '../../sources/value-forms.js';
import type { ResultBatch } from './arrow-batches.js';

/** How values are given: `timestamps: 'bigint'`, for example, where a Date would lose microseconds. */
export type RowForms = ValueForms;

/** @throws OverflowError when the rows take more than `maxBytes` on the wire */
export async function collectRows<R>(
  batches: AsyncIterable<ResultBatch>,
  forms: RowForms,
  maxBytes: number,
  operation: string,
): Promise<R[]> {
  const all: object[] = [];
  let bytes = 0;
  const toRows = rowMaker(forms);
  for await (const result of batches) {
    bytes += result.bytes;
    if (bytes > maxBytes)
      throw new OverflowError(
        `The rows take more than ${maxBytes} bytes. Read them one batch after the other with batches(), write them to ` +
          'files on the server, or raise maxCollectBytes.',
        { operation, context: { maxCollectBytes: maxBytes } },
      );
    for (const row of toRows(result.batch)) all.push(row);
  }
  // The type of rows is what the caller says of the frame; the server is not asked.
  return all as R[];
}

/** Makes rows of the batches of one result, all of which have the same columns. */
function rowMaker(forms: RowForms): (batch: RecordBatch) => object[] {
  let columns:
    | readonly { readonly field: Field; readonly fill: ReturnType<typeof columnDecoder> }[]
    | undefined;
  let make: ReturnType<typeof rowsFromColumns> | undefined;
  let firstRow = 0;
  return (batch) => {
    if (columns === undefined) {
      columns = batch.schema.fields.map((found) => {
        const own = ours(found);
        if (own === undefined) throw unreadable(found.name, String(found.type));
        const field = inForms(own, forms);
        return { field, fill: columnDecoder(field, own.type) };
      });
      const names = columns.map(({ field }) => field.name);
      const twice = names.find((name, at) => names.indexOf(name) !== at);
      if (twice !== undefined) throw ambiguous(twice);
      make = rowsFromColumns(names);
    }
    const count = batch.numRows;
    const values = columns.map(({ fill }, at): unknown[] => {
      const out: unknown[] = new Array(count);
      const data = batch.data.children[at];
      if (data !== undefined) fill(data, 0, count, out, { path: 'the result of Spark', firstRow });
      return out;
    });
    firstRow += count;
    return make?.(values, count) ?? [];
  };
}

function ambiguous(column: string): TailraceError {
  return new TailraceError(
    `The result has two columns named "${column}", and a row can hold one. Name one of them anew with as() or ` +
      'withColumnsRenamed().',
    { code: 'SCHEMA_INVALID', operation: 'collect rows', context: { column } },
  );
}

function unreadable(column: string, type: string): TailraceError {
  return new TailraceError(
    `Column "${column}" has the Arrow type ${type}, which rows cannot hold. Cast it in Spark first, to text for example.`,
    { code: 'SCHEMA_INVALID', operation: 'collect rows', context: { column } },
  );
}
