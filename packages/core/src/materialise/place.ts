// Owns where the buffers of a sealed batch lie: in the memory they were written to, or moved together when that is mostly
// empty.
import { aligned } from '../batch/pack.js';
import { slabBytes } from '../budget/create-slabs.js';
import type { Slab, Slabs } from '../budget/slabs.js';
import type { Frame, Part } from './frame.js';
import type { Region } from './region.js';

/** Where the bytes of a sealed buffer lie. */
export interface Placed {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
}

/** Decides where sealed buffers stay; the first `usedBytes` of each are filled. */
export interface Place {
  fixed(part: Part, usedBytes: number): Placed;
  text(region: Region, usedBytes: number): Placed;
  /**
   * Where the parts of another frame stay, and the texts of its columns: the items of a list.
   * @param usedBytes of all of them
   */
  inner(frame: Frame, usedBytes: number, chargedBytes: number): Place;
  /** Bytes of the texts that were small enough to move into the frame: as much room is best left there next time. */
  readonly smallTextBytes: number;
}

/** Text up to this size moves into the rest of the frame, if there is room: copying it costs less than one more buffer. */
const smallText = 64 * 1024;

/**
 * The place of a batch that fills `usedBytes` of the `chargedBytes` it was written to. Slabs that the batch lies in are
 * put into `taken`.
 */
export function placeFor(
  slabs: Slabs,
  frame: Frame,
  usedBytes: number,
  chargedBytes: number,
  taken: Slab[],
): Place {
  return slabBytes(usedBytes) * 2 <= chargedBytes
    ? together(slabs, frame, usedBytes, taken)
    : asWritten(slabs, frame, taken);
}

/** All buffers move to one slab of `totalBytes`: for a small batch, whose columns would waste most of their memory. */
function together(slabs: Slabs, frame: Frame, totalBytes: number, taken: Slab[]): Place {
  const slab = slabs.acquire(totalBytes);
  taken.push(slab);
  const { buffer } = slab;
  const target = new Uint8Array(buffer);
  let next = 0;
  const advance = (bytes: number): number => {
    const byteOffset = next;
    next += aligned(bytes);
    return byteOffset;
  };
  const placeOf = (from: Frame): Place => ({
    smallTextBytes: 0,
    inner: placeOf,
    fixed(part, usedBytes) {
      const byteOffset = advance(usedBytes);
      const { bytes } = from.views;
      target.set(bytes.subarray(part.byteOffset, part.byteOffset + usedBytes), byteOffset);
      return { buffer, byteOffset };
    },
    text(region, usedBytes) {
      const byteOffset = advance(usedBytes);
      region.copyTo(target.subarray(byteOffset), usedBytes);
      return { buffer, byteOffset };
    },
  });
  return placeOf(frame);
}

/** The frame stays as it is; so does a text, unless it is small or leaves half of its slab empty. */
function asWritten(slabs: Slabs, frame: Frame, taken: Slab[]): Place {
  const { bytes } = frame.views;
  const { buffer } = bytes;
  let next = frame.usedBytes;
  let smallTextBytes = 0;
  const whole = frame.take();
  if (whole !== undefined) taken.push(whole);
  return {
    fixed: (part) => ({ buffer, byteOffset: part.byteOffset }),
    inner: (inside, usedBytes, chargedBytes) => placeFor(slabs, inside, usedBytes, chargedBytes, taken),
    get smallTextBytes() {
      return smallTextBytes;
    },
    text(region, usedBytes) {
      const isSmall = usedBytes <= smallText;
      if (isSmall) smallTextBytes += aligned(usedBytes);
      if (isSmall && next + usedBytes <= bytes.length) {
        const byteOffset = next;
        next += aligned(usedBytes);
        region.copyTo(bytes.subarray(byteOffset), usedBytes);
        return { buffer, byteOffset };
      }
      const isLoose = slabBytes(usedBytes) * 2 <= region.bytes;
      const kept = isLoose ? undefined : region.take();
      const slab = kept ?? slabs.acquire(usedBytes);
      if (kept === undefined) region.copyTo(new Uint8Array(slab.buffer), usedBytes);
      taken.push(slab);
      return { buffer: slab.buffer, byteOffset: 0 };
    },
  };
}
