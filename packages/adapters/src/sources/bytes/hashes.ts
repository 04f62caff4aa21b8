// Owns the one instance of the hashes that frames of Zstandard and LZ4 carry.
import xxhash, { type XXHashAPI } from 'xxhash-wasm';

let loading: Promise<XXHashAPI> | undefined;

/** Made at the first call: it is WebAssembly, which takes a while to make. Where that failed it is tried again at the next. */
export function hashes(): Promise<XXHashAPI> {
  loading ??= xxhash().catch((cause: unknown) => {
    loading = undefined;
    throw cause;
  });
  return loading;
}
