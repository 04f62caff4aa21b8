// Owns runs through the fault proxy: in each something happens to one of its calls, or to many; then readers must see what the run
// was told, and after a sweep nothing may be left.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Manifest, ModuleRef, StoreDefinition, StoreTarget, WriteMode } from '@tailrace/core/sink';
import type { StorePlace } from '@tailrace/core/testing';
import type { Asked, Fault, FaultProxy } from './fault-proxy.js';

export interface FaultCampaign {
  readonly proxy: FaultProxy;
  /** Reached through the proxy. */
  readonly store: ModuleRef;
  readonly place: (kind: 'file' | 'directory') => StorePlace;
  readonly sweep: (path: string) => Promise<unknown>;
  /** Faults to be injected at least. */
  readonly faults: number;
  readonly random: () => number;
  /** Whether the store has an error that says that the clocks differ; else it is a refusal, which a run may fail of. */
  readonly tellsSkew: boolean;
  /** Whether an upload to a single file can be taken back: else what was sent to complete one may come after an abort. */
  readonly fencesFiles: boolean;
}

export interface CampaignResult {
  readonly runs: number;
  readonly faults: number;
  readonly failed: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** Faults that could have been and never were. */
  readonly unseen: readonly string[];
}

const kinds: readonly Fault[] = [
  { kind: 'error', status: 503 },
  { kind: 'error', status: 429 },
  { kind: 'error', status: 500 },
  { kind: 'error after', status: 500 },
  { kind: 'error after', status: 502 },
  { kind: 'reset before' },
  { kind: 'reset after' },
  { kind: 'truncate' },
  { kind: 'document' },
  { kind: 'stall' },
  { kind: 'slow' },
  { kind: 'twice' },
  { kind: 'skew' },
  { kind: 'damage' },
];
const modes: readonly WriteMode[] = ['error', 'overwrite', 'append', 'overwritePartitions'];

type Content = Readonly<Record<string, string>>;

const nameOf = (fault: Fault): string => ('status' in fault ? `${fault.kind} ${fault.status}` : fault.kind);

/**
 * Whether the body of a request has a checksum that the store verifies: lists of blocks have none on Azure, whose SDK gives them none.
 */
export function isChecked({ method, url, bytes }: Asked): boolean {
  return method === 'PUT' && bytes > 0 && !url.includes('comp=blocklist');
}

/** Whether a request would make something visible: a version, or the completion of an upload to a single file of S3. */
function publishes({ method, url }: Asked, kind: 'file' | 'directory'): boolean {
  return kind === 'file'
    ? method === 'POST' && /[?&]uploadId=/.test(url)
    : method === 'PUT' && url.includes('/versions/');
}

export async function runFaultCampaign(campaign: FaultCampaign): Promise<CampaignResult> {
  const { proxy, place: placeOf, random, sweep } = campaign;
  // Loaded by Node from the built module, as workers do.
  const loaded = (await import(campaign.store.url)) as { readonly default: StoreDefinition };
  const store = loaded.default;
  const byKind: Record<string, number> = {};
  let faults = 0;
  let failed = 0;
  let runs = 0;
  const mended = kinds.filter(({ kind }) => campaign.tellsSkew || kind !== 'skew');
  const large = 'x'.repeat(6 * 2 ** 20);
  for (; faults < campaign.faults; runs += 1) {
    const kind = runs % 4 === 3 ? 'file' : 'directory';
    // Every fourth run is one of a file.
    const mode =
      kind === 'file'
        ? (['error', 'overwrite'] as const)[(runs >> 2) % 2]
        : modes[runs % 4 === 2 ? 3 : runs % 3];
    assert.ok(mode !== undefined);
    const place = placeOf(kind);
    const name = place.path.slice(place.path.lastIndexOf('/') + 1);
    const old: Content =
      mode === 'error'
        ? {}
        : kind === 'file'
          ? { [name]: 'old' }
          : { 'p=1/a.txt': 'old a', 'p=3/c.txt': 'old c' };
    const files: Content =
      kind === 'file'
        ? { [name]: (runs >> 3) % 2 === 1 ? large : 'new' }
        : { 'p=1/b.txt': 'new', 'p=2/d.txt': runs % 5 === 0 ? large : 'small' };
    proxy.faultOf = () => undefined;
    const targetOf = (with_: WriteMode, round: string): StoreTarget => ({
      path: place.path,
      kind,
      mode: with_,
      runId: `run-${process.pid}-${runs}-${round}`,
      output: 'campaign',
    });
    if (mode !== 'error') assert.equal(await endOf(campaign, store, targetOf('error', 'old'), old), true);
    // One call, or one in ten.
    const isMany = runs % 6 === 5;
    const at = 1 + Math.floor(random() * 24);
    // What would publish arrives after its run has ended, which is cancelled meanwhile or sends it again.
    const isLate = runs % 5 === 4 && (kind === 'directory' || campaign.fencesFiles);
    const isCancelled = isLate && Math.floor(runs / 5) % 3 === 0;
    const life = new AbortController();
    let isSent = false;
    let mayFail = isCancelled;
    proxy.restart();
    proxy.faultOf = (request, asked) => {
      let fault: Fault | undefined;
      if (isLate) {
        if (isSent || !publishes(asked, kind)) return undefined;
        isSent = true;
        fault = { kind: 'late' };
        if (isCancelled) life.abort(new Error('cancelled by the test'));
      } else {
        const isHit = isMany ? random() < 0.1 : request === at;
        if (!isHit) return undefined;
        // What is refused fails a run for good: then nothing else may go wrong while it is given up.
        const possible = (isMany ? mended : kinds).filter((one) => one.kind !== 'damage' || isChecked(asked));
        fault = possible[Math.floor(random() * possible.length)];
        if (fault?.kind === 'skew' && !campaign.tellsSkew) mayFail = true;
      }
      const said = fault === undefined ? 'none' : nameOf(fault);
      byKind[said] = (byKind[said] ?? 0) + 1;
      return fault;
    };
    const told = await endOf(campaign, store, targetOf(mode, 'new'), files, life.signal).catch(
      (error: unknown) => {
        if (mayFail && !(error instanceof assert.AssertionError)) return false;
        throw error;
      },
    );
    faults += proxy.faults;
    proxy.faultOf = () => undefined;
    await proxy.settle();
    if (!told && !mayFail) failed += 1;
    const when = isLate
      ? isCancelled
        ? 'late and cancelled'
        : 'late'
      : isMany
        ? 'one call in ten'
        : `call ${at}`;
    const what = `run ${runs}, ${kind}, mode ${mode}, ${when}`;
    const shown = (content: Content): Content =>
      kind === 'file' ? Object.fromEntries(Object.values(content).map((text) => ['.', text])) : content;
    const kept = mode === 'append' ? old : mode === 'overwritePartitions' ? { 'p=3/c.txt': 'old c' } : {};
    const expected = told ? { ...kept, ...files } : old;
    const seen = await contentOf(place);
    assert.deepEqual(
      lengths(seen),
      lengths(shown(expected)),
      `${what}: readers see something else than was told (${told})`,
    );
    assert.deepEqual(seen, shown(expected), `${what}: readers see other bytes`);
    await sweep(place.path);
    assert.deepEqual(await place.leftovers(), [], `${what}: something is left after the sweep`);
    await place.dispose();
    // So that a campaign that is stopped has told what it saw.
    if (runs % 50 === 49) process.stdout.write(`${JSON.stringify({ runs: runs + 1, faults, failed })}\n`);
  }
  assert.deepEqual(
    new Set(proxy.toDamaged),
    new Set(byKind.damage === undefined ? [] : [400]),
    'damage was taken',
  );
  const unseen = [...kinds.map(nameOf), 'late'].filter((name) => byKind[name] === undefined);
  return { runs, faults, failed, byKind, unseen };
}

/** As the framework ends a run. True when it was told that it is published. */
async function endOf(
  { store: { options } }: FaultCampaign,
  store: StoreDefinition,
  target: StoreTarget,
  content: Content,
  cancelled: AbortSignal = new AbortController().signal,
): Promise<boolean> {
  const signal = new AbortController().signal;
  const begun = await retried(() => store.begin({ options, target, signal }));
  assert.ok(begun !== 'skip');
  const context = { options, target, signal, staging: begun.staging };
  let manifest: Manifest;
  try {
    const files = [];
    for (const [path, text] of Object.entries(content)) {
      const file = await store.createFile({ ...context, path });
      await file.write(Buffer.from(text));
      const closed = await file.close();
      assert.equal(closed.checksum, `sha256:${createHash('sha256').update(text).digest('hex')}`);
      files.push({ path, rows: 1, ...closed });
    }
    const { runId, output } = target;
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    manifest = {
      version: 1,
      runId,
      output,
      format: 'bytes',
      schema: 'text',
      partitionBy: [],
      rows: files.length,
      bytes,
      files,
    };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    await retried(() => store.abort(context));
    return false;
  }
  for (let round = 1; ; round += 1) {
    try {
      await store.commit({ ...context, manifest, signal: cancelled });
      return true;
    } catch (error) {
      if (await retried(() => store.verify(context))) return true;
      if (round < 3 && isTemporary(error)) continue;
      await retried(() => store.abort(context));
      return retried(() => store.verify(context));
    }
  }
}

async function retried<T>(act: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await act();
    } catch (error) {
      if (round === 5 || !isTemporary(error)) throw error;
    }
  }
}

function isTemporary(error: unknown): boolean {
  return error instanceof Error && 'status' in error && error.status === 'temporary';
}

async function contentOf(place: StorePlace): Promise<Content> {
  const content: [string, string][] = [];
  for (const file of await place.files())
    content.push([file, Buffer.from(await place.read(file)).toString()]);
  return Object.fromEntries(content);
}

const lengths = (content: Content): Record<string, number> =>
  Object.fromEntries(
    Object.entries(content)
      .map(([name, text]) => [name, text.length])
      .sort(),
  );

/** Numbers from 0 to 1 that are the same for the same seed: mulberry32, by Tommy Ettinger, public domain. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
