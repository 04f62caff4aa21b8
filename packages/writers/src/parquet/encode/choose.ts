// Owns what this encoder chooses for each column of a row group: the choice that all engines share, and whether differences pay.
import type { BatchData, ColumnData, DataType } from '@tailrace/core/sink';
import type { ParquetColumnOptions } from '../column-options.js';
import { chooseEncodings } from '../encodings.js';
import { ByteBuffer } from './byte-buffer.js';
import type { ChunkEncoding } from './column-chunk.js';
import { appendDeltaWords } from './delta.js';
import { storageOf } from './storage.js';

/**
 * @param data the first batch of the row group
 * @param deltas whether integers and strings may be differences where they have no dictionary
 * @param asked what was asked for single columns, by name: it takes the place of the choice
 */
export function chooseForms(
  data: BatchData,
  deltas: boolean,
  asked: ReadonlyMap<string, ParquetColumnOptions> = new Map(),
): ChunkEncoding[] {
  return chooseEncodings(data).map(({ column: name, dictionary: sampled, plain }, at): ChunkEncoding => {
    const chosen = asked.get(name);
    const dictionary = chosen?.dictionary ?? sampled;
    if (chosen?.encoding !== undefined) return { isCoded: dictionary, form: chosen.encoding };
    const column = data.columns[at];
    const type = data.schema.fields[at]?.type;
    if (column === undefined || type === undefined) return { isCoded: dictionary, form: 'plain' };
    const isDelta = deltas && (isText(type) || (plain === 'delta' && deltaPays(type, column)));
    return { isCoded: dictionary, form: isDelta ? 'delta' : 'plain' };
  });
}

/** Lengths as differences, then the bytes as they lie in memory: hardly larger than PLAIN, and less to compress. */
function isText(type: DataType): boolean {
  return type.kind === 'utf8' || type.kind === 'binary' || type.kind === 'dictionary';
}

/** Integers tried; more are not needed to see whether differences are shorter. */
const triedIntegers = 1025;
/** Differences take time: below this gain integers are stored as they are. */
const worthwhileShare = 0.9;
const tried = new ByteBuffer(triedIntegers * 9);

/** Tries differences on integers from the middle of a batch: those that are nearly random are not made shorter. */
function deltaPays(type: DataType, { values }: ColumnData): boolean {
  const storage = storageOf(type);
  if (storage.form !== 'words') return false;
  const { width } = storage;
  const words = new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
  const count = Math.min(triedIntegers, words.length / width);
  const from = Math.floor((words.length / width - count) / 2) * width;
  tried.clear();
  appendDeltaWords(tried, words.subarray(from, from + count * width), count, width);
  return tried.length <= worthwhileShare * count * width * 4;
}
