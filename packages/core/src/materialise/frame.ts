// Owns the memory under all columns of a batch that is being built in which every row takes the same room: values, codes,
// offsets and null bitmaps lie in one slab, so that a batch is a few buffers and not dozens.
import { aligned } from '../batch/pack.js';
import type { Slab, Slabs } from '../budget/slabs.js';

/** The place of one buffer of one column in the frame. */
export class Part {
  /** Where it begins in the frame; another place after the frame has grown. */
  byteOffset = 0;
  readonly #bitsPerRow: number;
  readonly #extraBytes: number;

  /** @param extraBytes beyond those of the rows: there is one offset more than there are strings */
  constructor(bitsPerRow: number, extraBytes = 0) {
    this.#bitsPerRow = bitsPerRow;
    this.#extraBytes = extraBytes;
  }

  bytes(rows: number): number {
    return Math.ceil((rows * this.#bitsPerRow) / 8) + this.#extraBytes;
  }
}

/** The whole frame, in each of the forms that columns write. */
export interface FrameViews {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly longs: BigInt64Array;
  readonly doubles: Float64Array;
}

function viewsOf(buffer: ArrayBufferLike): FrameViews {
  return {
    bytes: new Uint8Array(buffer),
    words: new Int32Array(buffer),
    longs: new BigInt64Array(buffer),
    doubles: new Float64Array(buffer),
  };
}

/** Before the first row and after `take`: whoever writes without room writes nothing. */
export const noViews: FrameViews = viewsOf(new ArrayBuffer(0));

/** Resource: its slab, given back by `free`. */
export class Frame {
  readonly #slabs: Slabs;
  readonly #parts: readonly Part[];
  #slab: Slab | undefined;
  #usedBytes = 0;
  views: FrameViews = noViews;

  constructor(slabs: Slabs, parts: readonly Part[]) {
    this.#slabs = slabs;
    this.#parts = parts;
  }

  /** Bytes charged to the budget for it. */
  get chargedBytes(): number {
    return this.#slab?.bytes ?? 0;
  }

  /** Bytes from its start that its parts take; what follows in the slab is free. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  /**
   * Room for `rows` rows, the first `filled` of which stay. Every part has another place and `views` are new.
   * @param spareBytes to be left free after the parts
   */
  reserve(rows: number, filled: number, spareBytes: number): void {
    const old = this.#slab;
    const oldBytes = this.views.bytes;
    let end = 0;
    const places: number[] = [];
    for (const part of this.#parts) {
      places.push(end);
      end += aligned(part.bytes(rows));
    }
    // May throw; until here nothing has changed.
    const slab = this.#slabs.acquire(end + spareBytes);
    const views = viewsOf(slab.buffer);
    for (const [at, part] of this.#parts.entries()) {
      const to = places[at] ?? 0;
      const from = part.byteOffset;
      if (filled > 0) views.bytes.set(oldBytes.subarray(from, from + part.bytes(filled)), to);
      part.byteOffset = to;
    }
    old?.free(true);
    this.#slab = slab;
    this.#usedBytes = end;
    this.views = views;
  }

  /** Hands the memory over to the caller, who frees it; the frame is empty again. */
  take(): Slab | undefined {
    const slab = this.#slab;
    this.#slab = undefined;
    this.#usedBytes = 0;
    this.views = noViews;
    return slab;
  }

  /** Gives the memory back. Idempotent. */
  free(): void {
    this.take()?.free(true);
  }
}
