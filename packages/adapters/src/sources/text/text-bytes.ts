// Owns the way from text to bytes: base64 with its padding, or hexadecimal digits, whole or a problem.
import { TextProblem } from './text-problem.js';

/** What bytes are written as. */
export type BytesAs = 'base64' | 'hex';

/**
 * Node's decoder skips what it does not know, and takes what is cut: written anew the bytes must give the same text.
 * @param width of every value, in bytes; undefined: any
 */
export function bytesParser(form: BytesAs, width: number | undefined): (text: string) => Uint8Array {
  return (text) => {
    const bytes = Buffer.from(text, form);
    if (bytes.toString(form) !== (form === 'hex' ? text.toLowerCase() : text))
      throw new TextProblem(`is not ${form === 'hex' ? 'hexadecimal' : 'base64'}`);
    if (width !== undefined && bytes.length !== width)
      throw new TextProblem(`has ${bytes.length} bytes, not ${width}`);
    // Small buffers of Node are views of a larger one, which they would keep.
    return new Uint8Array(bytes);
  };
}
