// Owns the rough size of a JavaScript value, used where a buffer of arbitrary items needs a limit in bytes.
import { isBatch } from '../batch/batch.js';

const maxDepth = 4;
const objectBytes = 32;
const slotBytes = 8;
/** Elements of an array that are looked at; the rest count as their average. */
const sampledElements = 32;

/**
 * Estimated bytes an item takes in memory: two per character of a string, eight per number, the byte length of typed
 * arrays and buffers, and the fields of objects down to four levels. Good to about a factor of two.
 */
export function estimateBytes(item: unknown, depth: number = 0): number {
  switch (typeof item) {
    case 'string':
      return 16 + item.length * 2;
    case 'bigint':
      return 24;
    case 'object':
      return item === null ? slotBytes : objectSize(item, depth);
    default:
      return slotBytes;
  }
}

function objectSize(item: object, depth: number): number {
  if (ArrayBuffer.isView(item) || item instanceof ArrayBuffer || item instanceof SharedArrayBuffer) {
    return objectBytes + item.byteLength;
  }
  // Its columns are not to be read: that would mark its memory as seen by user code.
  if (isBatch(item)) return objectBytes + item.bytes;
  if (item instanceof Date) return objectBytes;
  if (depth >= maxDepth) return objectBytes;
  if (Array.isArray(item)) return objectBytes + arraySize(item, depth);
  let bytes = objectBytes;
  for (const value of Object.values(item)) bytes += slotBytes + estimateBytes(value, depth + 1);
  return bytes;
}

function arraySize(items: readonly unknown[], depth: number): number {
  const looked = Math.min(items.length, sampledElements);
  if (looked === 0) return 0;
  let bytes = 0;
  for (let index = 0; index < looked; index += 1) bytes += slotBytes + estimateBytes(items[index], depth + 1);
  return Math.ceil((bytes / looked) * items.length);
}
