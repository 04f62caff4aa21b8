// Owns the comparison of uploads: the same bytes to the same server by our store and by what users would take instead, in turns, each
// in another order in every round. It prints, and promises nothing: machines differ.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { loadModule, type ModuleRef, type StoreDefinition } from '@tailrace/core/sink';

/** How much each uploads, in MiB: TAILRACE_UPLOAD_MIB. */
export const mebibytes = Number(process.env.TAILRACE_UPLOAD_MIB ?? 32);
/** How often each is measured: TAILRACE_UPLOAD_ROUNDS. One more is for warming up. */
const rounds = Number(process.env.TAILRACE_UPLOAD_ROUNDS ?? 3);
/** Of our store by default, and so of all. */
export const partBytes = 8 * 2 ** 20;
export const partsInFlight = 4;

const chunk = Buffer.from(
  Array.from({ length: 2 ** 20 }, (_, at) => (Math.imul(at, 2_654_435_761) >>> 13) & 0xff),
);

/** Of the same content, each a buffer of its own, as an encoder gives them. */
function* chunks(): Generator<Buffer> {
  for (let at = 0; at < mebibytes; at += 1) yield Buffer.from(chunk);
}

/** Checksums that a contender makes beside what its library makes, so that all do the same work: a manifest has a SHA-256 of each file. */
export interface Beside {
  /** An MD5 of each part, too. Default: none. */
  readonly md5OfParts?: boolean;
}

/** The same as a stream. */
export function hashedStream({ md5OfParts = false }: Beside = {}): Readable {
  const hash = createHash('sha256');
  let part = createHash('md5');
  let bytes = 0;
  return Readable.from(
    (function* () {
      for (const one of chunks()) {
        hash.update(one);
        bytes += one.length;
        if (md5OfParts) part.update(one);
        if (md5OfParts && bytes % partBytes === 0) {
          part.digest();
          part = createHash('md5');
        }
        yield one;
      }
      hash.digest();
    })(),
  );
}

/** Resolves with the milliseconds from before the first call to the whole object; chunks are made, and hashed, within them. */
export type Uploading = (round: number) => Promise<number>;

/** @param base URL that the targets begin with */
export function byStore(ref: ModuleRef, base: string): Uploading {
  return async (round) => {
    const store = await loadModule<StoreDefinition>(ref, 'store');
    const target = {
      path: `${base}/ours-${round}`,
      kind: 'directory',
      mode: 'overwrite',
      runId: `run-${round}`,
      output: 'throughput',
    } as const;
    const context = { options: ref.options, target, signal: new AbortController().signal };
    const startedAt = performance.now();
    const begun = await store.begin(context);
    if (begun === 'skip') throw new Error('begin() said skip');
    const staged = { ...context, staging: begun.staging };
    const file = await store.createFile({ ...staged, path: 'a.bin' });
    for (const one of chunks()) await file.write(one);
    const { bytes } = await file.close();
    const took = performance.now() - startedAt;
    if (bytes !== mebibytes * 2 ** 20) throw new Error(`${bytes} bytes were written`);
    await store.abort(staged);
    return took;
  };
}

export function timed(upload: (round: number) => Promise<unknown>): Uploading {
  return async (round) => {
    const startedAt = performance.now();
    await upload(round);
    return performance.now() - startedAt;
  };
}

/**
 * Prints MiB per second, the median of each, and of the ratios to the first within a round: the speed of a machine changes from minute
 * to minute, and both sides of a ratio feel it alike. Resolves with those ratios.
 */
export async function uploadInTurns(
  contenders: Readonly<Record<string, Uploading>>,
): Promise<Readonly<Record<string, number>>> {
  const names = Object.keys(contenders);
  const rates = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    const turns = [...names.slice(round % names.length), ...names.slice(0, round % names.length)];
    for (const name of turns) {
      const took = (await contenders[name]?.(round)) ?? Number.NaN;
      if (round > 0) rates.get(name)?.push((mebibytes / took) * 1_000);
    }
  }
  const [own = []] = rates.values();
  const ratios: Record<string, number> = {};
  for (const [name, found] of rates) {
    const ratio = median(found.map((rate, round) => rate / (own[round] ?? Number.NaN)));
    ratios[name] = ratio;
    const all = found.map((rate) => Math.round(rate)).join(', ');
    console.log(`${name}: ${Math.round(median(found))} MiB/s, ${ratio.toFixed(2)} of ours (${all})`);
  }
  return ratios;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
