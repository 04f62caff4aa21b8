// Owns a growable run of bytes that hot loops write into: reserve the worst case, then write without checks.

/**
 * Little-endian throughout, as Parquet is. Who fills it bounds it: it grows to what was reserved, is used
 * again, and shrinks by `trim` alone.
 */
export class ByteBuffer {
  /** The memory; what counts is its first `length` bytes. Replaced when it grows. */
  bytes: Uint8Array;
  /** The same memory, for writes of four bytes at any place. */
  view: DataView;
  length = 0;

  readonly #capacity: number;

  /** @param capacity bytes to begin with */
  constructor(capacity = 1024) {
    this.#capacity = capacity;
    this.bytes = allocate(capacity);
    this.view = viewOf(this.bytes);
  }

  /** Makes room for `more` bytes after `length`; they hold anything. Afterwards `bytes` and `view` may be others. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = allocate(Math.max(needed, this.bytes.length * 2));
    grown.set(this.written());
    this.bytes = grown;
    this.view = viewOf(grown);
  }

  /** What was written, as a view that is valid until the next write. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  /** Forgets what was written, and the memory too where it is larger than `most` bytes. */
  trim(most: number): void {
    this.length = 0;
    if (this.bytes.length <= most) return;
    this.bytes = allocate(Math.min(this.#capacity, most));
    this.view = viewOf(this.bytes);
  }

  appendByte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  appendUint32(value: number): void {
    this.reserve(4);
    this.view.setInt32(this.length, value, true);
    this.length += 4;
  }

  appendBytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Appends an unsigned LEB128 number below 2^32. */
  appendVarint(value: number): void {
    this.appendVarint64(value, 0);
  }

  /** Appends the unsigned LEB128 number high * 2^32 + low, both words taken as unsigned. */
  appendVarint64(low: number, high: number): void {
    this.reserve(10);
    let rest = low >>> 0;
    let upper = high >>> 0;
    while (upper !== 0 || rest > 127) {
      this.bytes[this.length++] = (rest & 127) | 128;
      rest = ((rest >>> 7) | (upper << 25)) >>> 0;
      upper >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }

  /** Appends a signed number of two words: zigzag, then LEB128. */
  appendZigzag64(low: number, high: number): void {
    const sign = high >> 31;
    this.appendVarint64((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
  }
}

function allocate(capacity: number): Uint8Array {
  // Not zeroed, and never from Node's pool, whose memory others share.
  const memory = Buffer.allocUnsafeSlow(capacity);
  return new Uint8Array(memory.buffer, memory.byteOffset, capacity);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
