// Owns where a header that stands in a text ends: with its line, or where the text ends that quotes it. Pure.

/** A line break, one that JSON has written, and a quote with what escapes it. A run of backslashes is read once. */
const mark = /[\r\n]|\\+["nr]?|"/g;
/** What is left of a value behind its first quote. */
const restOfValue = /[^"\r\n]*"?/y;
/** What follows a quote that ends a text. */
const afterText = /[,}\]:\s]|$/y;

/**
 * Text in which `***` stands for what headers have. Takes time that grows as the length of the text.
 * @param header a global pattern: the name of a header and what stands before its value
 */
export function withoutHeaders(text: string, header: RegExp): string {
  const quotes = createQuotes(text);
  let clean = '';
  let end = 0;
  for (const { 0: said, index } of text.matchAll(header)) {
    // It stands within the one before.
    if (index < end) continue;
    const begun = index + said.length;
    clean += `${text.slice(end, begun)}***`;
    end = endOfHeader(text, begun, quotes.around(index), escapesOfBreak(text, index));
    quotes.skip(end);
  }
  return clean + text.slice(end);
}

/** How many backslashes escape the quotes, each within the one before, that are open at a place of a line. */
interface Quotes {
  /** Of the innermost one; undefined: there is none. Places are asked for in their order. */
  around(index: number): number | undefined;
  /** What stands before is no quote of the line. */
  skip(index: number): void;
}

function createQuotes(text: string): Quotes {
  const open: number[] = [];
  let read = 0;
  /** In `"{\"a\":\"b\"}"` the outer ones have no backslash and the inner ones have one. */
  const meet = (escapes: number): void => {
    while ((open.at(-1) ?? -1) > escapes) open.pop();
    if (open.at(-1) === escapes) open.pop();
    else open.push(escapes);
  };
  return {
    around(index) {
      // Within what lies between: a look further on would be taken anew for each header.
      mark.lastIndex = 0;
      for (const { 0: said } of text.slice(read, index).matchAll(mark))
        if (said.endsWith('"')) meet(said.length - 1);
        else if (!said.startsWith('\\')) open.length = 0;
      read = index;
      return open.at(-1);
    },
    skip(index) {
      read = index;
    },
  };
}

/** How many backslashes has the line break, written by JSON, behind which a header stands. */
function escapesOfBreak(text: string, index: number): number {
  if (!/[nrt]/.test(text[index - 1] ?? '')) return 0;
  let escapes = 0;
  while (text[index - 2 - escapes] === '\\') escapes += 1;
  return escapes;
}

/**
 * @param quote backslashes of the quote in which it stands, if any
 * @param lineBreak backslashes of the line break before it, 0 where JSON has written none
 */
function endOfHeader(text: string, begun: number, quote: number | undefined, lineBreak: number): number {
  const escapesOfEnd = quote === undefined ? lineBreak : quote + 1;
  mark.lastIndex = begun;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    const { 0: said, index } = found;
    if (/[\r\n]/.test(said)) return index;
    const escapes = said.length - 1;
    if (!said.endsWith('"')) {
      // With more backslashes it is one of the value, and the letter after it too: `C:\new`.
      if (/[nr]$/.test(said) && escapes === escapesOfEnd) return index;
    } else if (quote !== undefined && escapes <= quote) {
      if (text[index - 1] !== '=' || isAfterText(text, mark.lastIndex)) return index;
      // The value is quoted without being escaped.
      restOfValue.lastIndex = mark.lastIndex;
      restOfValue.test(text);
      mark.lastIndex = restOfValue.lastIndex;
    }
  }
  return text.length;
}

function isAfterText(text: string, index: number): boolean {
  afterText.lastIndex = index;
  return afterText.test(text);
}
