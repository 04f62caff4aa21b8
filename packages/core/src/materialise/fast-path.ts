// Owns the generated code that writes the usual values of a column, without a call, where its builder would write them.
// Whatever is not usual goes to the builder: nulls of most columns, text that is long or not ASCII, values that do not fit.
import type { DataType } from '../batch/schema.js';
import type { ColumnBuilder } from './column-builder.js';
import { loopUpTo } from './text-bytes.js';

/** The code for column number `at`, whose builder is `c<at>`. */
export interface FastPath {
  /** Declarations of what is kept between rows. */
  readonly state: string;
  /** Statements that follow the frame to its new place; `bytes`, `words`, `longs` and `doubles` are its views. */
  readonly moved: string;
  /** Statements that write the value `v` as row number `row`. */
  readonly write: string;
  /** An expression: bytes of text after the row. */
  readonly textBytes: string;
}

/** Code of a column, in which every `#` stands for its number. */
function numbered(at: number, path: FastPath): FastPath {
  const number = (code: string): string => code.replaceAll('#', String(at));
  return {
    state: number(path.state),
    moved: number(path.moved),
    write: number(path.write),
    textBytes: number(path.textBytes),
  };
}

/** The code of column number `at`. The builder has the class that `createColumnBuilder` gives its type. */
export function fastPath({ field }: ColumnBuilder, at: number): FastPath {
  return numbered(at, pathOf(field.type));
}

function pathOf(type: DataType): FastPath {
  switch (type.kind) {
    case 'bool':
      return fixed(1, 'if (v === true) bytes[f# + (row >> 3)] |= 1 << (row & 7); else if (v !== false)');
    case 'int32':
      return fixed(4, "if (typeof v === 'number' && (v | 0) === v) words[f# + row] = v; else");
    case 'float64':
      return fixed(8, "if (typeof v === 'number') doubles[f# + row] = v; else");
    case 'int64':
      return fixed(8, integersOf(type.js));
    case 'timestamp':
      if (type.js !== 'date') return fixed(8, integersOf(type.js));
      return fixed(8, type.unit === 'ms' ? writeTime : '');
    case 'date':
      return fixed(4, '');
    case 'utf8':
      return text;
    case 'dictionary':
      return dictionary;
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
    case 'binary':
      return { ...called, textBytes: 'c#.textBytes(row + 1)' };
    default:
      return called;
  }
}

/** A builder that does it all itself. */
const called: FastPath = { state: '', moved: '', write: 'c#.write(v, row);', textBytes: '0' };

/** @param fast statement for the usual value, ending where an `else` would go on */
function fixed(bytesPerValue: number, fast: string): FastPath {
  return {
    state: 'let f# = 0;',
    moved: `f# = c#.values.byteOffset / ${bytesPerValue};`,
    write: `${fast} c#.write(v, row);`,
    textBytes: '0',
  };
}

const writeBigint = "if (typeof v === 'bigint' && BigInt.asIntN(64, v) === v) longs[f# + row] = v; else";

/** Not every bigint is taken where rows have numbers: there the builder looks at them. */
const integersOf = (js: 'bigint' | 'number'): string =>
  js === 'bigint' ? `${writeBigint} ${writeSafeInteger}` : writeSafeInteger;

// Both as `writeSafeInteger` does.
const writeWords = 'words[p] = t; words[p + 1] = Math.floor(t / 4294967296);';
const writeSafeInteger = `
  if (typeof v === 'number' && Number.isSafeInteger(v)) { const p = (f# + row) * 2, t = v; ${writeWords} } else`;
const writeTime = `
  const t# = v instanceof Date ? v.getTime() : NaN;
  if (t# === t#) { const p = (f# + row) * 2, t = t#; ${writeWords} } else`;

/** As `TextBytes.write`: what was laid down before a character that is not ASCII is written over. */
const text: FastPath = {
  state: 'let f# = 0, text# = c#.text.values;',
  moved: 'f# = c#.offsets.byteOffset / 4; text# = c#.text.values;',
  write: `{
    let whole = false;
    if (typeof v === 'string') {
      const length = v.length, start = words[f# + row], end = start + length;
      if (length <= ${loopUpTo} && end <= text#.length) {
        const text = text#;
        let seen = 0;
        for (let at = 0; at < length; at++) {
          const code = v.charCodeAt(at);
          seen |= code;
          text[start + at] = code;
        }
        if (seen < 0x80) { words[f# + row + 1] = end; whole = true; }
      }
    }
    if (!whole) { c#.write(v, row); text# = c#.text.values; }
  }`,
  textBytes: 'words[f# + row + 1]',
};

/** As `DictionaryColumn.write`. */
const dictionary: FastPath = {
  state: 'let f# = 0; const recent# = c#.recent, codes# = c#.recentCodes;',
  moved: 'f# = c#.codes.byteOffset / 4;',
  write: `
    if (typeof v === 'string') {
      if (c#.looksUp) {
        const slot = slotOf(v);
        words[f# + row] = recent#[slot] === v ? codes#[slot] : c#.codeOf(v, slot, row);
      } else words[f# + row] = c#.add(v);
    } else c#.write(v, row);`,
  textBytes: 'c#.textBytes()',
};
