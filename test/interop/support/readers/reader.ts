// Owns what every foreign reader gives back, so that all are compared in one way.
import type { DataType } from '@tailrace/core/sink';
import type { CellValue, Table } from '../table.js';

/** A file as readers get it: its bytes, and the same bytes on disk. */
export interface WrittenFile {
  readonly bytes: Buffer;
  readonly path: string;
}

export interface Reader {
  readonly name: string;
  /**
   * The columns of the file in the table's order, in the forms of `CellValue`.
   * @param table as it is stored; says which columns are expected, not what is in them
   */
  read(file: WrittenFile, table: Table): CellValue[][] | Promise<CellValue[][]>;
  /** A limit of the reader: what it can give of a value. Without it, the value itself. */
  readable?(value: CellValue, type: DataType): CellValue;
}
