// Owns how the CSV parts of a dataset are read: as its manifest says that they were written, or as a caller knows better.
import type { Manifest } from '@tailrace/core';
import type { ReadCsvOptions } from '../csv/read-csv.js';

/** What a caller may say of CSV parts. */
export type WrittenCsv = Pick<
  ReadCsvOptions,
  'delimiter' | 'header' | 'nullText' | 'decimalSeparator' | 'timestamps' | 'dates' | 'maxRecordLength'
>;

/** @param told what a caller has said: it goes before what the manifest says */
export function writtenCsv(
  manifest: Pick<Manifest, 'dialect' | 'columns' | 'partitionBy'> | undefined,
  told: WrittenCsv | undefined,
): WrittenCsv | undefined {
  const { dialect, columns, partitionBy = [] } = manifest ?? {};
  if (dialect === undefined) return told;
  const { delimiter, header, nullText, decimalSeparator, timestamps, dates } = dialect;
  const inFiles = columns?.flatMap(({ name }) => (partitionBy.includes(name) ? [] : [name]));
  return {
    ...(typeof delimiter === 'string' && { delimiter }),
    ...(header === false && inFiles !== undefined && { header: inFiles }),
    ...(typeof nullText === 'string' && { nullText }),
    ...(decimalSeparator === ',' && { decimalSeparator }),
    // Both forms of text, ISO 8601 and that of SQL, are read alike.
    ...(timestamps === 'count' && { timestamps }),
    ...(dates === 'count' && { dates }),
    ...told,
  };
}
