// Owns the memory in which encoded pages wait for the end of their row group: blocks that all files of a thread use in turn.

/** Grows block by block; bounded by whoever fills it, as a row group ends at what one file may hold back. */
export interface Arena {
  /** Copies bytes and adds views of the copy to `into`: joined with the last view there where they lie side by side. */
  copy(bytes: Uint8Array, into: Uint8Array[]): void;
  /** Gives the blocks back; views of them must not be used afterwards. */
  clear(): void;
  /** Lets the blocks go without giving them back: someone may still read them. */
  drop(): void;
}

/** The first block of a file is small, as hundreds may be open; each is as large as all before it, up to the largest. */
const smallestBlock = 4 * 1024;
const largestBlock = 256 * 1024;

/** Free blocks by size, at most `maxFreeBytes` of all sizes together. */
const free = new Map<number, Uint8Array[]>();
const maxFreeBytes = 16 * 1024 * 1024;
let freeBytes = 0;

export function arena(): Arena {
  let blocks: Uint8Array[] = [];
  let total = 0;
  let used = 0;

  const grow = (): Uint8Array => {
    const block = takeBlock(Math.min(largestBlock, Math.max(smallestBlock, total)));
    blocks.push(block);
    total += block.length;
    used = 0;
    return block;
  };

  return {
    copy(bytes, into) {
      let block = blocks.at(-1);
      for (let done = 0; done < bytes.length; ) {
        if (block === undefined || used === block.length) block = grow();
        const size = Math.min(bytes.length - done, block.length - used);
        block.set(bytes.subarray(done, done + size), used);
        addView(into, block, used, used + size);
        used += size;
        done += size;
      }
    },
    clear() {
      for (const block of blocks) giveBlock(block);
      this.drop();
    },
    drop() {
      blocks = [];
      total = 0;
      used = 0;
    },
  };
}

function addView(into: Uint8Array[], block: Uint8Array, from: number, to: number): void {
  const last = into.at(-1);
  if (last !== undefined && last.buffer === block.buffer && last.byteOffset + last.length === from) {
    into[into.length - 1] = block.subarray(last.byteOffset, to);
  } else {
    into.push(block.subarray(from, to));
  }
}

function takeBlock(size: number): Uint8Array {
  const block = free.get(size)?.pop();
  // Not zeroed, and whole memory of its own: offsets of views are offsets in the block.
  if (block === undefined) return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
  freeBytes -= size;
  return block;
}

function giveBlock(block: Uint8Array): void {
  if (freeBytes + block.length > maxFreeBytes) return;
  freeBytes += block.length;
  const same = free.get(block.length);
  if (same === undefined) free.set(block.length, [block]);
  else same.push(block);
}
