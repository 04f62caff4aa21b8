// Owns the verdict on one file: what each foreign reader and the format's own rules say against it.
import { rmSync, writeFileSync } from 'node:fs';
import { difference } from './compare.js';
import { layoutProblem } from './layout/check-layout.js';
import { duckdbReader } from './readers/duckdb.js';
import { hyparquetReader } from './readers/hyparquet.js';
import { parquetWasmReader } from './readers/parquet-wasm.js';
import { polarsReader } from './readers/polars.js';
import type { Reader, WrittenFile } from './readers/reader.js';
import { scratchFile } from './scratch.js';
import { stored, type Table } from './table.js';

const readers: readonly Reader[] = [duckdbReader, parquetWasmReader, polarsReader, hyparquetReader];

/** Problems by who found them; none when everything agrees. */
export async function verify(bytes: Buffer, table: Table): Promise<string[]> {
  const wanted = stored(table);
  const path = scratchFile('parquet');
  // Synchronous: in a loop of thousands of small files that takes a tenth of the time.
  writeFileSync(path, bytes);
  try {
    const problems: string[] = [];
    const layout = layoutProblem(bytes, wanted);
    if (layout !== undefined) problems.push(`layout: ${layout}`);
    for (const reader of readers) {
      const problem = await problemOf(reader, { bytes, path }, wanted);
      if (problem !== undefined) problems.push(`${reader.name}: ${problem}`);
    }
    return problems;
  } finally {
    rmSync(path);
  }
}

async function problemOf(reader: Reader, file: WrittenFile, wanted: Table): Promise<string | undefined> {
  try {
    return difference(wanted, await reader.read(file, wanted), reader.readable);
  } catch (error) {
    return `cannot read it: ${error instanceof Error ? error.message : String(error)}`;
  }
}
