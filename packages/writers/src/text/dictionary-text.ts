// Owns the text of dictionary columns: each entry is quoted or escaped once per batch, then copied row by row.
import type { DictionaryData } from '@tailrace/core/sink';
import { type PutCell, type ValueText, valueText } from './column-text.js';
import type { Dialect } from './dialect.js';
import { copyBytes, type Utf8Source, utf8Source } from './strings.js';
import { overrun, textTarget } from './text-target.js';

/** Bytes of text that may be made ahead for one batch; a dictionary that may need more is written value by value. */
const aheadBytes = 4 * 2 ** 20;

/** @param before stands before every cell */
export function dictionaryText(
  codes: Int32Array,
  dictionary: DictionaryData,
  dialect: Dialect,
  before: Uint8Array,
): ValueText {
  const { length, offsets } = dictionary;
  const source = utf8Source(dictionary.values);
  const most = length * dialect.bytesPerString + source.bytes.length * dialect.bytesPerByte;
  if (length > codes.length || most > aheadBytes) {
    const bytesOf = (code: number): number =>
      dialect.stringBytes(source, offsets[code] as number, offsets[code + 1] as number);
    const widest = longest(offsets) * dialect.bytesPerByte + dialect.bytesPerString;
    const room = { widest: () => widest, bytes: (row: number) => bytesOf(codes[row] as number) };
    return valueText(before, room, putByValue, { codes, source, offsets, dialect });
  }

  const text = textTarget(most + overrun);
  const ends = new Int32Array(length + 1);
  for (let code = 0; code < length; code++) {
    const start = ends[code] as number; // in range, as what follows
    ends[code + 1] = dialect.string(
      text,
      start,
      source,
      offsets[code] as number,
      offsets[code + 1] as number,
    );
  }
  return valueText(before, longest(ends), putEntry, { codes, entries: text, ends });
}

interface Entries {
  readonly codes: Int32Array;
  readonly entries: Utf8Source;
  readonly ends: Int32Array;
}

// In range: codes are below the dictionary's length.
const putEntry: PutCell<Entries> = (out, at, row, { codes, entries, ends }) => {
  const code = codes[row] as number;
  return copyBytes(out, at, entries, ends[code] as number, ends[code + 1] as number);
};

interface Values {
  readonly codes: Int32Array;
  readonly source: Utf8Source;
  readonly offsets: Int32Array;
  readonly dialect: Dialect;
}

const putByValue: PutCell<Values> = (out, at, row, { codes, source, offsets, dialect }) => {
  const code = codes[row] as number; // as above
  return dialect.string(out, at, source, offsets[code] as number, offsets[code + 1] as number);
};

function longest(offsets: Int32Array): number {
  let most = 0;
  for (let index = 1; index < offsets.length; index++) {
    most = Math.max(most, (offsets[index] as number) - (offsets[index - 1] as number)); // in range
  }
  return most;
}
