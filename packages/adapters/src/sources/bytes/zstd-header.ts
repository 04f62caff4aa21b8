// Owns the header of a Zstandard frame. Source: RFC 8878, sections 3.1.1.1 and 3.1.2.

export const frameMagic = 0xfd2f_b528;
/** Any of sixteen numbers begins a frame that is to be passed over. */
export function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d_2a5;
}

export interface FrameHeader {
  /** What must be kept of the content while it is unpacked. */
  readonly windowBytes: number;
  /** Undefined where the header does not say. */
  readonly contentBytes: number | undefined;
  /** 0 for none. */
  readonly dictionary: number;
  readonly hasChecksum: boolean;
  /** With the magic number. */
  readonly bytes: Uint8Array;
}

const checksumFlag = 4;
const isSingleFlag = 0x20;

/** @param take gives so many bytes, those behind the magic number first */
export async function headerOf(take: (length: number) => Promise<Uint8Array>): Promise<FrameHeader> {
  const [flags = 0] = await take(1);
  const isSingle = (flags & isSingleFlag) !== 0;
  const windowLength = isSingle ? 0 : 1;
  const dictionaryLength = [0, 1, 2, 4][flags & 3] ?? 0;
  const contentLength = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const fields = Buffer.from(await take(windowLength + dictionaryLength + contentLength));
  const contentAt = windowLength + dictionaryLength;
  const contentBytes = contentLength === 0 ? undefined : contentOf(fields, contentAt, contentLength);
  const head = Buffer.alloc(5);
  head.writeUInt32LE(frameMagic, 0);
  head.writeUInt8(flags, 4);
  return {
    // What has no window of its own is kept whole.
    windowBytes: isSingle ? (contentBytes ?? 0) : windowOf(fields.readUInt8(0)),
    contentBytes,
    dictionary: dictionaryLength === 0 ? 0 : fields.readUIntLE(windowLength, dictionaryLength),
    hasChecksum: (flags & checksumFlag) !== 0,
    bytes: Buffer.concat([head, fields]),
  };
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function contentOf(fields: Buffer, at: number, length: number): number {
  if (length === 8) return Number(fields.readBigUInt64LE(at));
  return fields.readUIntLE(at, length) + (length === 2 ? 256 : 0);
}
