// Owns how many bytes the dictionaries of a file or stream hold together: each stays until another one takes its place, and deltas are
// added to it, so that a limit for each message bounds nothing.
import { Message } from 'apache-arrow';
import { DictionaryBatch } from 'apache-arrow/ipc/metadata/message';
import { NotRead } from './not-read.js';

/**
 * Counts the dictionaries that it is given, one after the other.
 * @param maxBytes that those which are alive may have together, unpacked
 * @returns to be called with the metadata of each message that has a dictionary, and the bytes of its body; it throws NotRead
 */
export function dictionaryRoom(maxBytes: number): (metadata: Uint8Array, bytes: number) => void {
  const held = new Map<number, number>();
  return (metadata, bytes) => {
    const header: unknown = Message.decode(metadata).header();
    if (!(header instanceof DictionaryBatch)) return;
    held.set(header.id, bytes + (header.isDelta ? (held.get(header.id) ?? 0) : 0));
    let sum = 0;
    for (const one of held.values()) sum += one;
    if (sum <= maxBytes) return;
    throw new NotRead(
      `brings the dictionaries to ${sum} bytes, and ${maxBytes} may be held at once. Raise maxBatchBytes, or write it with smaller ` +
        'dictionaries, or as text.',
      { limit: maxBytes },
    );
  };
}
