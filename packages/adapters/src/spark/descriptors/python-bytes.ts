// Owns reading a bytes literal of Python, the form in which Spark's package holds the descriptors of its messages. For the build
// alone: nothing that is published imports this.

const escapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '\\': 92,
  "'": 39,
  '"': 34,
};

/**
 * The bytes of the literal that stands at or behind `from`, which is text of a Python program.
 * Source: The Python Language Reference, "String and Bytes literals".
 * @throws Error where there is none, or one that is not closed
 */
export function pythonBytes(text: string, from: number): Uint8Array {
  const opening = /\s*b(['"])/y;
  opening.lastIndex = from;
  const quote = opening.exec(text)?.[1];
  if (quote === undefined) throw new Error(`There is no bytes literal at character ${from}.`);
  const bytes: number[] = [];
  let at = opening.lastIndex;
  while (text[at] !== quote) {
    if (at >= text.length) throw new Error('A bytes literal is not closed.');
    if (text[at] === '\\') {
      const form = /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/y;
      form.lastIndex = at;
      const [, hex, octal, letter = ''] = form.exec(text) ?? [];
      const byte =
        hex === undefined
          ? octal === undefined
            ? escapes[letter]
            : Number.parseInt(octal, 8)
          : Number.parseInt(hex, 16);
      if (byte === undefined) throw new Error(`A bytes literal has the unknown escape \\${letter}.`);
      bytes.push(byte);
      at = form.lastIndex;
    } else {
      bytes.push(text.charCodeAt(at));
      at += 1;
    }
  }
  return Uint8Array.from(bytes);
}
