// Owns the decoder of Zstandard: its C code as WebAssembly, each decoder with a memory of its own. It writes nothing past the end of a
// block, and looks at checksums and lengths. Node's own is not used: it stops at the end of the first frame without a word.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { TailraceError } from '@tailrace/core';
import type { ZSTDDecoder } from 'zstddec/stream';

export interface ZstdDecoder {
  /**
   * What comes of the next bytes of a frame, in copies of at most 128 KiB.
   * @param pieces of at most 128 KiB and 16 bytes together
   * @throws Error for damaged data, after which it can only be given back
   */
  unpack(...pieces: readonly Uint8Array[]): Generator<Uint8Array, void>;
  /** Gives it back, to be used again, whatever became of its last frame. */
  release(): void;
}

/** A module of WebAssembly. The types of Node do not have it, and what else declares it depends on what is installed. */
type CompiledProgram = object;

/** What is used of WebAssembly. */
interface Api {
  readonly Module: new (bytes: Uint8Array) => CompiledProgram;
  readonly Instance: new (
    module: CompiledProgram,
    imports: Readonly<Record<string, Readonly<Record<string, () => void>>>>,
  ) => { readonly exports: object };
}

interface Memory {
  /** Another one after it has grown. */
  readonly buffer: ArrayBuffer;
}

/** Functions of zstd.h and their memory, as the library's own declarations have them. Addresses and sizes have 32 bits. */
interface ZstdProgram {
  readonly memory: Memory;
  readonly malloc: (bytes: number) => number;
  readonly ZSTD_createDCtx: () => number;
  readonly ZSTD_freeDCtx: (context: number) => number;
  readonly ZSTD_decompressStream: (context: number, out: number, input: number) => number;
}

// Every Node has it.
const { Module, Instance } = Reflect.get(globalThis, 'WebAssembly') as Api;

const pieceBytes = 128 * 1024;
/** Block, its mark of three bytes, and more than any header has. */
const inputBytes: number = pieceBytes + 16;
/** Of the structures ZSTD_inBuffer and ZSTD_outBuffer: address, size and position. */
const cursorBytes = 12;
/** Codes of errors are as many below zero: zstd_errors.h knows none above 120. */
const mostErrors = 200;
/** What zstd_errors.h calls them; others speak of damage without saying more. */
const problems: Readonly<Record<number, string>> = {
  20: 'it holds something else than it says',
  16: 'it asks for more memory than is given',
  22: 'the checksum differs from that of the content',
  32: 'it needs another dictionary',
  64: 'there is no memory left for it',
};
/** A decoder with more memory than that is not kept. */
const mostKeptBytes = 32 * 2 ** 20;

let kept: ZstdDecoder | undefined;

/** One that was given back, or a new one. */
export async function zstdDecoder(): Promise<ZstdDecoder> {
  const again = kept;
  kept = undefined;
  return again ?? decoderOf(await compiled());
}

function decoderOf(module: CompiledProgram): ZstdDecoder {
  // It tells of memory that has grown, which is asked for anew at each use.
  const { exports } = new Instance(module, {
    env: { emscripten_notify_memory_growth: () => undefined },
  });
  // The library declares them so, for its own use.
  const zstd = exports as unknown as ZstdProgram;
  let context = ensured(zstd.ZSTD_createDCtx());
  const from = ensured(zstd.malloc(inputBytes));
  const to = ensured(zstd.malloc(pieceBytes));
  const input = ensured(zstd.malloc(2 * cursorBytes));
  const output = input + cursorBytes;
  let isWhole = true;

  function* unpack(...pieces: readonly Uint8Array[]): Generator<Uint8Array, void> {
    isWhole = false;
    let size = 0;
    for (const piece of pieces) {
      if (size + piece.length > inputBytes)
        throw new RangeError('a decoder of Zstandard was given too much at once');
      new Uint8Array(zstd.memory.buffer).set(piece, from + size);
      size += piece.length;
    }
    setCursor(zstd.memory, input, from, size);
    for (;;) {
      setCursor(zstd.memory, output, to, pieceBytes);
      const left = zstd.ZSTD_decompressStream(context, output, input);
      if (left < 0 && left > -mostErrors)
        throw new Error(problems[-left] ?? `its code has no meaning (${-left})`);
      const length = positionOf(zstd.memory, output);
      // The memory is used again for the next piece.
      if (length > 0) yield new Uint8Array(zstd.memory.buffer).slice(to, to + length);
      isWhole = left === 0;
      if (length < pieceBytes && positionOf(zstd.memory, input) === size) return;
    }
  }
  const decoder: ZstdDecoder = {
    unpack,
    release() {
      if (!isWhole) {
        // It would take the next frame for the rest of this one.
        zstd.ZSTD_freeDCtx(context);
        context = zstd.ZSTD_createDCtx();
        isWhole = true;
      }
      if (context !== 0 && zstd.memory.buffer.byteLength <= mostKeptBytes) kept = decoder;
    },
  };
  return decoder;
}

function setCursor(memory: Memory, at: number, address: number, size: number): void {
  const view = new DataView(memory.buffer, at, cursorBytes);
  view.setUint32(0, address, true);
  view.setUint32(4, size, true);
  view.setUint32(8, 0, true);
}

function positionOf(memory: Memory, at: number): number {
  return new DataView(memory.buffer, at, cursorBytes).getUint32(8, true);
}

function ensured(address: number): number {
  if (address === 0) throw new Error('there is no memory left to unpack Zstandard data');
  return address;
}

/** Under this name it lies at the library's class, where a copy of the library is loaded again. */
const compiledName = Symbol.for('@tailrace/adapters: compiled zstddec');
let compiling: Promise<CompiledProgram> | undefined;
let attempts = 0;

/** Loading that failed is tried again for the next file. */
function compiled(): Promise<CompiledProgram> {
  compiling ??= compile().catch((cause: unknown) => {
    compiling = undefined;
    throw cause;
  });
  return compiling;
}

/**
 * The library's own functions work on one memory for the whole process, leave it behind when a reader ends early, and go on without
 * end after an error. So it is only asked for its program, which it hands to `_init`, once in the life of a copy of it, and never
 * again where that failed (version 0.3.4, which package.json pins).
 */
async function compile(): Promise<CompiledProgram> {
  attempts += 1;
  const Decoder = await ownLibrary(attempts);
  const loader = new Decoder();
  const init = loader._init;
  loader._init = (source) => {
    Reflect.set(Decoder, compiledName, source.module);
    init.call(loader, source);
  };
  await loader.init();
  const module: unknown = Reflect.get(Decoder, compiledName);
  if (module instanceof Module) return module;
  throw new TailraceError(
    'Zstandard data cannot be unpacked: the library zstddec was bundled with this program, and set up by other code of it before. ' +
      'Leave zstddec out of the bundle, or unpack the file before it is read.',
    { code: 'SOURCE_FAILED', operation: 'unpack zstd' },
  );
}

/** A copy of the library that no other code of this process uses: to Node a module with another query is another module. */
async function ownLibrary(attempt: number): Promise<typeof ZSTDDecoder> {
  let url: URL;
  try {
    url = pathToFileURL(createRequire(import.meta.url).resolve('zstddec/stream'));
  } catch {
    // In a bundle it has no file of its own.
    return (await import('zstddec/stream')).ZSTDDecoder;
  }
  url.search = `tailrace=${attempt}`;
  // It is the module of that name, which TypeScript cannot know.
  const library = (await import(url.href)) as typeof import('zstddec/stream');
  return library.ZSTDDecoder;
}
