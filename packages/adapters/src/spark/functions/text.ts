// Owns Spark's functions of text and bytes.
import { type Column, type ColumnOrName, call, named } from '../column/column.js';
import { type Of1, type Of2, type OfMany, of1, of2, ofMany } from './shapes.js';

/** In capital letters. */
export const upper: Of1<string | null> = of1('upper');
/** In small letters. */
export const lower: Of1<string | null> = of1('lower');
/** Every word with a capital letter. */
export const initcap: Of1<string | null> = of1('initcap');
/** Without the spaces on both sides. */
export const trim: Of1<string | null> = of1('trim');
/** Without the spaces on the left. */
export const ltrim: Of1<string | null> = of1('ltrim');
/** Without the spaces on the right. */
export const rtrim: Of1<string | null> = of1('rtrim');
/** Characters of a text, bytes of binary. */
export const length: Of1<number | null> = of1('length');
/** Bytes that a text takes as UTF-8. */
export const octetLength: Of1<number | null> = of1('octet_length');
/** Bits that a text takes as UTF-8. */
export const bitLength: Of1<number | null> = of1('bit_length');
/** The code of the first character. */
export const ascii: Of1<number | null> = of1('ascii');
/** The character of a code, of which the last eight bits count. */
export const chr: Of1<string | null> = of1('char');
/** Bytes as base64. */
export const base64: Of1<string | null> = of1('base64');
/** The bytes that base64 stands for. */
export const unbase64: Of1<Uint8Array | null> = of1('unbase64');
/** How a word sounds in English, as Soundex writes it. */
export const soundex: Of1<string | null> = of1('soundex');
/** A text or an array turned round. */
export const reverse: Of1<unknown> = of1('reverse');
/** The MD5 of bytes, in hexadecimal digits. */
export const md5: Of1<string | null> = of1('md5');
/** The SHA-1 of bytes, in hexadecimal digits. */
export const sha1: Of1<string | null> = of1('sha1');
/** The CRC-32 of bytes. */
export const crc32: Of1<bigint | null> = of1('crc32');
/** Spark's hash (Murmur3) of columns. */
export const hash: OfMany<number> = ofMany('hash');
/** The 64-bit xxHash of columns. */
export const xxhash64: OfMany<bigint> = ofMany('xxhash64');
/** How many letters must change to make one text the other. */
export const levenshtein: Of2<number | null> = of2('levenshtein');

/** Texts joined; null if one is. Bytes and arrays too, which the caller says: `concat<Uint8Array>('a', 'b')`. */
export const concat = <T = string>(...columns: ColumnOrName[]): Column<T | null> =>
  call('concat', ...columns.map(named));
/** The SHA-2 of bytes with 224, 256, 384 or 512 bits, in hexadecimal digits. */
export const sha2 = (column: ColumnOrName, bits: 224 | 256 | 384 | 512): Column<string | null> =>
  call('sha2', named(column), bits);
/** Texts joined with a separator between; nulls are left out. */
export const concatWs = (separator: string, ...columns: ColumnOrName[]): Column<string> =>
  call('concat_ws', separator, ...columns.map(named));
/** A part of a text; `from` is counted from 1, or from the end where it is below 0. */
export const substring = (column: ColumnOrName, from: number, length: number): Column<string | null> =>
  call('substring', named(column), from, length);
/** What stands before the `count`th delimiter, or behind it from the end where `count` is below 0. */
export const substringIndex = (
  column: ColumnOrName,
  delimiter: string,
  count: number,
): Column<string | null> => call('substring_index', named(column), delimiter, count);
/** Where a text is found first, from 1; 0 where it is not. */
export const instr = (column: ColumnOrName, text: string): Column<number | null> =>
  call('instr', named(column), text);
/** Where a text is found first from a place on, from 1; 0 where it is not. */
export const locate = (text: string, column: ColumnOrName, from = 1): Column<number | null> =>
  call('locate', text, named(column), from);
/** Filled up on the left, or cut, to a length. */
export const lpad = (column: ColumnOrName, toLength: number, fill: string): Column<string | null> =>
  call('lpad', named(column), toLength, fill);
/** Filled up on the right, or cut, to a length. */
export const rpad = (column: ColumnOrName, toLength: number, fill: string): Column<string | null> =>
  call('rpad', named(column), toLength, fill);
/** A text so many times. */
export const repeat = (column: ColumnOrName, times: number): Column<string | null> =>
  call('repeat', named(column), times);
/** Characters of `from` replaced by those of `to` at the same places. */
export const translate = (column: ColumnOrName, from: string, to: string): Column<string | null> =>
  call('translate', named(column), from, to);
/** Every place where a text is found, replaced. */
export const replace = (column: ColumnOrName, search: string, replacement: string): Column<string | null> =>
  call('replace', named(column), search, replacement);
/** A group of what a regular expression of Java finds first; empty where it finds nothing. */
export const regexpExtract = (column: ColumnOrName, pattern: string, group: number): Column<string | null> =>
  call('regexp_extract', named(column), pattern, group);
/** Everything that a regular expression of Java finds, replaced. */
export const regexpReplace = (
  column: ColumnOrName,
  pattern: string,
  replacement: string,
): Column<string | null> => call('regexp_replace', named(column), pattern, replacement);
/** A text cut where a regular expression of Java is found, into `limit` parts at most (-1: no limit). */
export const split = (column: ColumnOrName, pattern: string, limit = -1): Column<string[] | null> =>
  call('split', named(column), pattern, limit);
/** A number with commas and so many digits behind the point. */
export const formatNumber = (column: ColumnOrName, digits: number): Column<string | null> =>
  call('format_number', named(column), digits);
/** As printf of Java writes it. */
export const formatString = (format: string, ...columns: ColumnOrName[]): Column<string> =>
  call('format_string', format, ...columns.map(named));
/** Bytes of a text in a character set, such as `UTF-8`. */
export const encode = (column: ColumnOrName, charset: string): Column<Uint8Array | null> =>
  call('encode', named(column), charset);
/** The text of bytes in a character set. */
export const decode = (column: ColumnOrName, charset: string): Column<string | null> =>
  call('decode', named(column), charset);
