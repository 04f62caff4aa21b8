// Owns the proof that buffers compressed by another writer are read: its streams, as text.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Source } from '@tailrace/core';
import { Message } from 'apache-arrow';
import { DictionaryBatch } from 'apache-arrow/ipc/metadata/message';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NotRead } from './not-read.js';
import { readArrow } from './read-arrow.js';
import { unpacked } from './unpacked.js';

/** By pyarrow 26.0.1: 30 rows in two batches, some of the buffers as they were because they would not become smaller. */
const short = {
  lz4:
    '/////2ABAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAEAAAAUP///wQAAAAEAAAAAAEAAMAAAAB0AAAABAAAACD///8AAAEMFAAAABwAAAAEAAAAAQAAAB' +
    'QAAAAEAAAAdGFncwAAAABQ////TP///wAAAQIQAAAAGAAAAAQAAAAAAAAABAAAAGl0ZW0AAAAAQP///wAAAAEQAAAAEAAYAAgABgAHAAwAEAAUABAAAAAA' +
    'AAEFFAAAADgAAAAgAAAABAAAAAAAAAAEAAAAa2luZAAAAAAIAAgAAAAEAAgAAAAEAAAAlP///wAAAAEgAAAA2P///9T///8AAAEFEAAAABwAAAAEAAAAAA' +
    'AAAAQAAABuYW1lAAAAAAQABAAEAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAIAAABpZAAACAAMAAgABwAIAAAAAAAAAUAA' +
    'AAAAAAAA/////7gAAAAUAAAAAAAAAAwAGAAGAAUACAAMAAwAAAAAAgQAGAAAAFAAAAAAAAAAAAAAAAgACAAAAAQACAAAABAAAAAMABwAEAAEAAgADAAMAA' +
    'AAWAAAABwAAAAUAAAAAgAAAAAAAAAAAAAABAAEAAQAAAADAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAIwAAAAAAAAAoAAAAAAAAACgAAAAAAAAAAAAA' +
    'AAEAAAACAAAAAAAAAAAAAAAAAAAADAAAAAAAAAAEIk0YYECCDAAAgAAAAAAMAAAAGAAAAAAAAAAAAAAAABgAAAAAAAAABCJNGGBAghEAAAAXYgEAwGFhYW' +
    'FhYWFhYWFhYQAAAAD/////aAEAABQAAAAAAAAADAAYAAYABQAIAAwADAAAAAADBAAcAAAAEAIAAAAAAAAAAAAADAAcABAABAAIAAwADAAAANgAAAAcAAAA' +
    'FAAAABQAAAAAAAAAAAAAAAQABAAEAAAACwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAGwAAAAAAAAAcAAAAAAAAAAbAAAAAAAAAJAAAAAAAAAATQAAAA' +
    'AAAADgAAAAAAAAACMAAAAAAAAACAEAAAAAAAAbAAAAAAAAACgBAAAAAAAALQAAAAAAAABYAQAAAAAAAAAAAAAAAAAAWAEAAAAAAABVAAAAAAAAALABAAAA' +
    'AAAAHAAAAAAAAADQAQAAAAAAADkAAAAAAAAAAAAAAAUAAAAUAAAAAAAAAAAAAAAAAAAAFAAAAAAAAAAEAAAAAAAAABQAAAAAAAAAAwAAAAAAAAAUAAAAAA' +
    'AAAAAAAAAAAAAAGgAAAAAAAAANAAAAAAAAAKAAAAAAAAAABCJNGGBAglUAAAATAAEAEwEIABMCCAATAwgAEwQIABMFCAATBggAEwcIABMICAATCQgAEwoI' +
    'ABMLCAATDAgAEw0IABMOCAATDwgAExAIABMRCAATEggAgBMAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAQiTRhgQIIEAACA3nvvPQAAAAAAAAAAAFQAAAAAAA' +
    'AABCJNGGBAgjYAAAATAAEAUwIAAAAGBAAXCAQAVwoAAAAOBAATEgQAUxQAAAAYBADwARoAAAAeAAAAHgAAACAAAAAAAAAAAAAAMAAAAAAAAAAEIk0YYECC' +
    'DAAAAC/DvAIAFlC8w7zDvAAAAAAAAAAAAAQAAAAAAAAABCJNGGBAggQAAIB+v98vAAAAAAAAAAAAeAAAAAAAAAAEIk0YYECCFgAAABMAAQAfAQgAHAQCAA' +
    '84ACBQAAAAAAAAAAAAAAAAVAAAAAAAAAAEIk0YYECCPgAAABMAAQBTAgAAAAQEAFMGAAAACAQAUwoAAAAMBABTDgAAABAEAFMSAAAAFAQA8AEWAAAAGAAA' +
    'ABgAAAAaAAAAAAAAAAAAAAUAAAAAAAAABCJNGGBAggUAAIBVVVVVVQAAAAAAAAAAOAAAAAAAAAAEIk0YYECCIgAAAGIBAAAAAgABAAAMABIDCwABFAAADA' +
    'AAFAALIABQAAAAAAAAAAAAAAAAAAAAAP////9oAQAAFAAAAAAAAAAMABgABgAFAAgADAAMAAAAAAMEABwAAACYAQAAAAAAAAAAAAAMABwAEAAEAAgADAAM' +
    'AAAA2AAAABwAAAAUAAAACgAAAAAAAAAAAAAABAAEAAQAAAALAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAARgAAAAAAAABIAAAAAAAAABkAAAAAAAAAaA' +
    'AAAAAAAAAwAAAAAAAAAJgAAAAAAAAAIgAAAAAAAADAAAAAAAAAABkAAAAAAAAA4AAAAAAAAAApAAAAAAAAABABAAAAAAAAAAAAAAAAAAAQAQAAAAAAADgA' +
    'AAAAAAAASAEAAAAAAAAZAAAAAAAAAGgBAAAAAAAAMAAAAAAAAAAAAAAABQAAAAoAAAAAAAAAAAAAAAAAAAAKAAAAAAAAAAIAAAAAAAAACgAAAAAAAAACAA' +
    'AAAAAAAAoAAAAAAAAAAAAAAAAAAAAOAAAAAAAAAAcAAAAAAAAAUAAAAAAAAAAEIk0YYECCLwAAACIUAAEAEhUHACMAFggAExcIABMYCAATGQgAExoIABMb' +
    'CAATHAgAgB0AAAAAAAAAAAAAAAAAAgAAAAAAAAAEIk0YYECCAgAAgN4DAAAAAAAAAAAAAAAsAAAAAAAAAAQiTRhgQIIZAAAAFwABAFcCAAAABgQAEwoEAI' +
    'AMAAAAEAAAAAAAAAAQAAAAAAAAAAQiTRhgQIILAAAAJcO8AgBQvMO8w7wAAAAAAAAAAAAAAgAAAAAAAAAEIk0YYECCAgAAgP0CAAAAAAAAAAAAAAAoAAAA' +
    'AAAAAAQiTRhgQIISAAAAIgEAAQAPCAAFgAAAAAAAAAAAAAAAAAAAAAAAAAAsAAAAAAAAAAQiTRhgQIIhAAAAUwAAAAACBABTBAAAAAYEAFMIAAAACgQAgA' +
    'wAAAAOAAAAAAAAAAIAAAAAAAAABCJNGGBAggIAAIBVFQAAAAAAAAAAAAAAHAAAAAAAAAAEIk0YYECCGQAAANMAAAAAAgAAAAMAAAABDACAAAAAAAEAAAAA' +
    'AAAA/////wAAAAA=',
  zstd:
    '/////2ABAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAEAAAAUP///wQAAAAEAAAAAAEAAMAAAAB0AAAABAAAACD///8AAAEMFAAAABwAAAAEAAAAAQAAAB' +
    'QAAAAEAAAAdGFncwAAAABQ////TP///wAAAQIQAAAAGAAAAAQAAAAAAAAABAAAAGl0ZW0AAAAAQP///wAAAAEQAAAAEAAYAAgABgAHAAwAEAAUABAAAAAA' +
    'AAEFFAAAADgAAAAgAAAABAAAAAAAAAAEAAAAa2luZAAAAAAIAAgAAAAEAAgAAAAEAAAAlP///wAAAAEgAAAA2P///9T///8AAAEFEAAAABwAAAAEAAAAAA' +
    'AAAAQAAABuYW1lAAAAAAQABAAEAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAABwAAAAEAAAAAAAAAAIAAABpZAAACAAMAAgABwAIAAAAAAAAAUAA' +
    'AAAAAAAA/////8AAAAAUAAAAAAAAAAwAGAAGAAUACAAMAAwAAAAAAgQAGAAAAEAAAAAAAAAAAAAAAAgACAAAAAQACAAAABAAAAAMAB4AEAAEAAgADAAMAA' +
    'AAYAAAACQAAAAYAAAAAgAAAAAAAAAAAAAAAAAGAAgABwAGAAAAAAAAAQMAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAdAAAAAAAAACAAAAAAAAAAHAAA' +
    'AAAAAAAAAAAAAQAAAAIAAAAAAAAAAAAAAAAAAAAMAAAAAAAAACi1L/0gDGEAAAAAAAAMAAAAGAAAAAAAABgAAAAAAAAAKLUv/SAYXQAAGGJiYQIAwIgNYA' +
    'EAAAAA/////3ABAAAUAAAAAAAAAAwAGAAGAAUACAAMAAwAAAAAAwQAHAAAALABAAAAAAAAAAAAAAwAHgAQAAQACAAMAAwAAADgAAAAJAAAABgAAAAUAAAA' +
    'AAAAAAAAAAAAAAYACAAHAAYAAAAAAAABCwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEcAAAAAAAAASAAAAAAAAAAVAAAAAAAAAGAAAAAAAAAAPgAAAA' +
    'AAAACgAAAAAAAAABkAAAAAAAAAwAAAAAAAAAAVAAAAAAAAANgAAAAAAAAAOQAAAAAAAAAYAQAAAAAAAAAAAAAAAAAAGAEAAAAAAABHAAAAAAAAAGABAAAA' +
    'AAAAFgAAAAAAAAB4AQAAAAAAADYAAAAAAAAAAAAAAAUAAAAUAAAAAAAAAAAAAAAAAAAAFAAAAAAAAAAEAAAAAAAAABQAAAAAAAAAAwAAAAAAAAAUAAAAAA' +
    'AAAAAAAAAAAAAAGgAAAAAAAAANAAAAAAAAAKAAAAAAAAAAKLUv/SCgtQEA5AIAAAEAAgADAAQABQAGAAcACAAJAAoACwAMAA0ADgAPABAAEQASABMAAAAA' +
    'AAAAE1QCAAMBAAQAAAAAAAAAKLUv/SAEIQAA3nvvPQAAAFQAAAAAAAAAKLUv/SBUbQEA4AAAAgAAAAYICgAAAA4SFAAAABgaAAAAHiAAAAAHACBrkBVkBs' +
    'wDRuyyHgAWAAAwAAAAAAAAACi1L/0gMEUAABDDvAEAZzosAAAAAAAAAAQAAAAAAAAAKLUv/SAEIQAAfr/fLwAAAHgAAAAAAAAAKLUv/SB4RQEA0AAAAQAB' +
    'AAEAAQABAAEAAQABAAEAAQABAAEADVACABKPMQaJxxhjCAAAAAAAAABUAAAAAAAAACi1L/0gVLUBAEQCAAACAAAABAYAAAAICgAAAAwOAAAAEBIAAAAUFg' +
    'AAABgaAAAABwAga5A1yBpkDbLeZT0ALAAFAAAAAAAAACi1L/0gBSkAAFVVVVVVAAA4AAAAAAAAACi1L/0gOC0BALABAAAAAgABAAAAAwACAQMAAAAAAAAA' +
    'BgAgAAQA+V4yAwMOAA4AAP////9wAQAAFAAAAAAAAAAMABgABgAFAAgADAAMAAAAAAMEABwAAABYAQAAAAAAAAAAAAAMAB4AEAAEAAgADAAMAAAA4AAAAC' +
    'QAAAAYAAAACgAAAAAAAAAAAAAAAAAGAAgABwAGAAAAAAAAAQsAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAyAAAAAAAAADgAAAAAAAAAEwAAAAAAAABQ' +
    'AAAAAAAAACsAAAAAAAAAgAAAAAAAAAAZAAAAAAAAAKAAAAAAAAAAEwAAAAAAAAC4AAAAAAAAACEAAAAAAAAA4AAAAAAAAAAAAAAAAAAAAOAAAAAAAAAAMA' +
    'AAAAAAAAAQAQAAAAAAABMAAAAAAAAAKAEAAAAAAAAqAAAAAAAAAAAAAAAFAAAACgAAAAAAAAAAAAAAAAAAAAoAAAAAAAAAAgAAAAAAAAAKAAAAAAAAAAIA' +
    'AAAAAAAACgAAAAAAAAAAAAAAAAAAAA4AAAAAAAAABwAAAAAAAABQAAAAAAAAACi1L/0gUA0BANAUABUAFgAXABgAGQAaABsAHAAdAAAAAAAAAAlUAgADAQ' +
    'AAAAAAAAIAAAAAAAAAKLUv/SACEQAA3gMAAAAAACwAAAAAAAAAKLUv/SAs1QAAgAAAAgAAAAYKDAAAABAAAAADACCLndEbwAIAAAAAABAAAAAAAAAAKLUv' +
    '/SAQRQAAEMO8AQDJDgsAAAAAAAAAAgAAAAAAAAAotS/9IAIRAAD9AgAAAAAAKAAAAAAAAAAotS/9ICiFAABAAQABAAEAAQAEUAIAEo8hAAAAAAAAACwAAA' +
    'AAAAAAKLUv/SAs/QAAuAAAAAACBAAAAAYIAAAACgwAAAAOAAAAA0QFBADsAgIAAAAAAAAAKLUv/SACEQAAVRUAAAAAABwAAAAAAAAAKLUv/SAczQAAiAAA' +
    'AAACAAAAAwAAAAEBAAAAAgAgAM/KFwAAAAAAAP////8AAAAA',
};
/** By pyarrow 26.0.1: 40,000 numbers in one buffer, an LZ4 frame of several blocks that refer to one another. */
const long =
  '/////4AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAECEAAAAC' +
  'AAAAAEAAAAAAAAAAQAAABzdGVwAAAAAAgADAAIAAcACAAAAAAAAAFAAAAAAAAAAP////+YAAAAFAAAAAAAAAAMABgABgAFAAgADAAMAAAAAAMEABwAAAB4' +
  'BQAAAAAAAAAAAAAMABwAEAAEAAgADAAMAAAASAAAABwAAAAUAAAAQJwAAAAAAAAAAAAABAAEAAQAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAdA' +
  'UAAAAAAAAAAAAAAQAAAECcAAAAAAAAAAAAAAAAAAAA4gQAAAAAAAQiTRhAQMATAQAAHwABAP//////////////////////////////////////////////' +
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
  '//////bBMBAIAPCAD/////////////////////////////////////////////////////////////////////////////////////////////////////' +
  '/////////////////////////////////////////////////////////////////////2BQAAAAAAAWAQAAEwIAgA8IAP////////////////////////' +
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
  '////////////////////////////ZRMDAIAPCAD///////////////////////////////////////////////////////////////////////////////' +
  '///////////////////////////////////////////////////////////////////////////////////////////2BQAAAAAAAWAQAAEwQAgA8IAP//' +
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
  '//////////////////////////////////////////////////ZRMFAIAPCAD/////////////////////////////////////////////////////////' +
  '/////////////////////////////////////////////////////////////////////////////////////////////////////////////////2BQAA' +
  'AAAAAWAQAAEwYAgA8IAP//////////////////////////////////////////////////////////////////////////////////////////////////' +
  '////////////////////////////////////////////////////////////////////////ZRMHAIAPCAD///////////////////////////////////' +
  '//////////////////////////////////////////////////////////////////////////////////////////////////////////////////////' +
  '/////////////////2BQAAAAAAD4AAAAEwgAgA8IAP////////////////////////////////////////////////////////////////////////////' +
  '//////////////////////////////////////////////////////////////////////////////////////////////ZRMJAIAPCAD/////////////' +
  '/////////////////////////////////////////////////////////////////////////////////////////////////////////////////////0' +
  'JQAAAAAAAAAAAAAAAAAP////8AAAAA';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-arrow-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

async function readAll<T>(source: Source<T>): Promise<T[]> {
  const rows: T[] = [];
  for await (const chunk of source.open(new AbortController().signal)) rows.push(...chunk);
  return rows;
}

const rows = Array.from({ length: 30 }, (_, i) => ({
  id: i,
  name: i % 5 === 0 ? null : 'ü'.repeat(i % 3),
  kind: i % 7 === 0 ? null : (i % 2 === 0 ? 'a' : 'b').repeat(12),
  tags: i % 3 === 0 ? [] : [i % 4, null],
}));

describe.each(['lz4', 'zstd'] as const)('buffers compressed with %s', (codec) => {
  const stream = Buffer.from(short[codec], 'base64');

  it('are read, of batches and of dictionaries', async () => {
    const path = await put(`short.${codec}`, stream);
    expect(await readAll(readArrow(path, { int64: 'number' }))).toEqual(rows);
  });

  it('end in an error or in as many rows, where a byte is damaged', async () => {
    let refused = 0;
    for (let at = 0; at < stream.length; at += 11) {
      const bytes = Buffer.from(stream);
      bytes.writeUInt8(stream.readUInt8(at) ^ (1 << (at % 8)), at);
      const path = await put(`damaged.${codec}`, bytes);
      const read = await readAll(readArrow(path)).catch((error: unknown) => error);
      if (Array.isArray(read)) expect(read.length).toBeLessThanOrEqual(rows.length);
      else {
        expect(read, `byte ${at}: ${String(read)}`).toMatchObject({
          code: expect.stringMatching(/^(SOURCE_FAILED|SCHEMA_INVALID|VALUE_INVALID)$/),
        });
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(20);
  });
});

describe('an LZ4 frame of several blocks', () => {
  it('is one buffer', async () => {
    const path = await put('long.arrows', Buffer.from(long, 'base64'));
    const read = await readAll(readArrow(path, { int64: 'number' }));
    expect(read).toEqual(Array.from({ length: 40_000 }, (_, i) => ({ step: i >> 12 })));
  });

  it('is refused where it becomes more than is allowed, before it is unpacked', async () => {
    const path = await put('long.arrows', Buffer.from(long, 'base64'));
    await expect(readAll(readArrow(path, { maxBatchBytes: 319_999 }))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(
        /^'[^']+' has a message at byte \d+ that becomes more than 319999 bytes.*Raise maxBatchBytes/,
      ),
      context: { byte: expect.any(Number), limit: 319_999 },
    });
  });
});

describe('a message that may be whole and is not read', () => {
  const stream = Buffer.from(short.zstd, 'base64');
  /** The first message behind the schema, which is a dictionary. */
  const at = 8 + stream.readInt32LE(4);
  const metadataBytes = stream.readInt32LE(at + 4);

  it('is not called damaged: a way of compression that is not known', async () => {
    // The one byte that says so.
    const codecOf = (metadata: Uint8Array): unknown => {
      const header: unknown = Message.decode(metadata).header();
      return header instanceof DictionaryBatch ? header.data.compression?.type : undefined;
    };
    const changed = Array.from({ length: metadataBytes }, (_, byte) => {
      const bytes = Buffer.from(stream);
      if (bytes[at + 8 + byte] === 1) bytes[at + 8 + byte] = 7;
      return bytes;
    }).find((bytes) => {
      try {
        return codecOf(bytes.subarray(at + 8, at + 8 + metadataBytes)) === 7;
      } catch {
        return false;
      }
    });
    if (changed === undefined) throw new Error('the message does not say how it is compressed');
    await expect(readAll(readArrow(await put('unknown.arrows', changed)))).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      message: expect.stringMatching(
        /^'[^']+' has a message at byte \d+ that is compressed in a way that is not known \(7\)\. Write it with lz4/,
      ),
      context: { byte: at },
    });
  });

  it('is not called damaged: what Arrow 0.17 has compressed', async () => {
    const mark = Buffer.from('ARROW:experimental_compression');
    const metadata = Buffer.concat([stream.subarray(at + 8, at + 8 + metadataBytes), mark]);
    await expect(unpacked({ metadata, body: new Uint8Array(0) }, 100, async () => undefined)).rejects.toThrow(
      NotRead,
    );
  });
});
