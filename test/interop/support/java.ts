// Owns running the Java reader: its libraries, one process for many files, and what it printed in parts.
import { execFile } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { DataType } from '@tailrace/core/sink';
import { scratchFile } from './scratch.js';
import type { CellValue, Table } from './table.js';

const run = promisify(execFile);
const folder = fileURLToPath(new URL('../java/', import.meta.url));

/** A file to read, whole or filtered by a range of an integer column. */
export interface JavaCommand {
  readonly path: string;
  readonly between?: {
    readonly column: string;
    readonly low: number | bigint;
    readonly high: number | bigint;
  };
}

export interface JavaAnswer {
  /** One per column: `required int64 ts (TIMESTAMP(MICROS,true))`. */
  readonly types: readonly string[];
  /** One per row, as `javaRows` gives them. */
  readonly rows: readonly string[];
  readonly error: string | undefined;
}

const minutes = (count: number): number => count * 60_000;
const maxOutput = 1024 * 1024 * 1024;

/** Brings the libraries of `java/pom.xml` into `java/lib`, once. Throws where Java or Maven is missing. */
export async function prepareJava(): Promise<void> {
  for (const [program, option] of [
    ['java', '-version'],
    ['mvn', '-version'],
  ] as const) {
    try {
      await run(program, [option], { timeout: minutes(1) });
    } catch (cause) {
      throw new Error(
        `These tests need ${program}: install a JDK (11 or newer) and Maven, on Debian default-jdk-headless and maven.`,
        { cause },
      );
    }
  }
  await run('mvn', ['-q', '-B', 'dependency:copy-dependencies'], { cwd: folder, timeout: minutes(4) });
  await access(`${folder}lib`);
}

/** The answers in the order of the commands. */
export async function readWithJava(commands: readonly JavaCommand[]): Promise<JavaAnswer[]> {
  const list = scratchFile('txt');
  const lines = commands.map(({ path, between }) =>
    between === undefined ? path : [path, between.column, between.low, between.high].join('\t'),
  );
  await writeFile(list, `${lines.join('\n')}\n`);
  const { stdout } = await run('java', ['-cp', `${folder}lib/*`, `${folder}Reader.java`, list], {
    timeout: minutes(4),
    maxBuffer: maxOutput,
  });
  const answers = stdout.split(/^# .*\n/m).slice(1);
  if (answers.length !== commands.length) {
    throw new Error(`Java answered ${answers.length} commands of ${commands.length}.`);
  }
  return answers.map(answerOf);
}

function answerOf(text: string): JavaAnswer {
  const lines = text.split('\n');
  const after = (mark: string): string[] =>
    lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
  return { types: after(': '), rows: after('- '), error: after('! ')[0] };
}

/** The rows as the Java program prints them. */
export function javaRows(table: Table): string[] {
  const columns = table.columns.map(({ type, values }) =>
    values.map((value) => (type.kind === 'float64' ? javaDouble(value) : javaCell(value))),
  );
  return Array.from({ length: table.rows }, (_, row) => columns.map((cells) => cells[row]).join(' '));
}

function javaCell(value: CellValue): string {
  return typeof value === 'string' ? `x${Buffer.from(value).toString('hex')}` : String(value);
}

const bits = new DataView(new ArrayBuffer(8));

function javaDouble(value: CellValue): string {
  if (typeof value !== 'number') return 'null';
  bits.setFloat64(0, Number.isNaN(value) ? Number.NaN : value); // one NaN for all of them, as Java prints it
  return bits.getBigUint64(0).toString(16);
}

/** The type as Java must understand it, nullability apart. */
export function javaType(type: DataType): string {
  switch (type.kind) {
    case 'bool':
      return 'boolean';
    case 'int32':
      return 'int32';
    case 'int64':
      return 'int64';
    case 'float64':
      return 'double';
    case 'date':
      return 'int32 (DATE)';
    case 'timestamp':
      return `int64 (TIMESTAMP(${units[type.unit]},${type.timezone !== null}))`;
    case 'utf8':
    case 'dictionary':
      return 'binary (STRING)';
    default:
      throw new RangeError(`no recipe for ${type.kind}`);
  }
}

const units = { s: 'MILLIS', ms: 'MILLIS', us: 'MICROS', ns: 'NANOS' } as const;
