// Owns which compressor a file goes through, once that is chosen.
import type { ByteSink } from '@tailrace/core/sink';
import { brotliStage } from './brotli.js';
import { type ByteStage, plainStage } from './byte-stage.js';
import type { Compression } from './compression.js';
import { gzipStage } from './gzip.js';
import { zstdStage } from './zstd.js';

export interface StageSettings {
  /** What compressors may hold back, in bytes. */
  readonly maxBufferedBytes: number;
  /** As gzip has it: whether short repetitions are worth finding. */
  readonly shortMatches: boolean;
}

/** The way to `out` that the choice asks for. */
export function compressStage(out: ByteSink, chosen: Compression, settings: StageSettings): ByteStage {
  const { compression, level } = chosen;
  switch (compression) {
    case 'none':
      return plainStage(out);
    case 'gzip':
      return gzipStage(out, { level, shortMatches: settings.shortMatches });
    case 'brotli':
      return brotliStage(out, level, settings.maxBufferedBytes);
    case 'zstd':
      return zstdStage(out, level, settings.maxBufferedBytes);
  }
}
