// Owns how the many small parts of a message are handed over: joined, so that each is not a call of its
// own; large ones as they are.

/** Bytes from which a part is worth a call. */
const largeBytes = 16 * 1024;

/** The chunks in order, small neighbours joined. */
export function* piecesOf(chunks: readonly Uint8Array[]): Generator<Uint8Array> {
  let small: Uint8Array[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (chunk.length < largeBytes) {
      small.push(chunk);
      bytes += chunk.length;
      if (bytes < largeBytes) continue;
    }
    if (bytes > 0) yield Buffer.concat(small, bytes);
    small = [];
    bytes = 0;
    if (chunk.length >= largeBytes) yield chunk;
  }
  if (bytes > 0) yield Buffer.concat(small, bytes);
}
