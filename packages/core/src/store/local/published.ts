// Owns the look at what stands at a local target before a job goes on: repaired first, then believed.
import { join } from 'node:path';
import type { Publication } from '../../sink/sink.js';
import type { StoreTarget } from '../../sink/store.js';
import { type Beginning, beginStep, conflict, heirOf } from './begin.js';
import type { FileSystem } from './file-system.js';
import { generationPath, listGenerations } from './generation-names.js';
import { repairLeftovers } from './leftovers.js';
import { manifestName, type Place, publishedManifest, resolvePlace } from './place.js';
import { showGeneration } from './publish-generation.js';
import { readManifest } from './published-manifest.js';
import { isComplete } from './settle.js';
import { factsAt, syncDirectory } from './tree.js';

/**
 * What the manifests at a target say of runs of resumable jobs, and whether the files are all there with their sizes. A
 * dead run that was cut off while it published is finished or taken back before, and what is told of is on stable
 * storage: its run may have died before it had made sure.
 *
 * @throws ConflictError while another run holds the target; STORE_FAILED
 */
export async function publishedLocally({
  fs,
  leases,
  owners,
  target,
  signal,
}: Omit<Beginning, 'promptFs' | 'surroundings' | 'isTrusted'>): Promise<readonly Publication[]> {
  const place = await resolvePlace(fs, target);
  const look = <T>(verb: string, action: () => Promise<T>): Promise<T> =>
    beginStep(verb, place.path, target, action, signal);
  if ((await look('look beside', () => factsAt(fs, place.parent))) === undefined) return [];
  signal.throwIfAborted();
  const lease = await look('take the lease of', () => leases.take(place.path));
  if (lease === undefined) throw conflict(place, target);
  try {
    await look('repair what an earlier run left beside', () =>
      repairLeftovers(fs, place, heirOf({ fs, leases, owners, target, signal })),
    );
    const found = await look('look at', () =>
      target.publish === 'generations' ? ofGenerations(fs, place, target) : ofTarget(fs, place, target),
    );
    await look('fsync the directory of', () => syncDirectory(fs, place.parent));
    return found;
  } finally {
    await lease.release();
  }
}

async function ofTarget(fs: FileSystem, place: Place, { kind }: StoreTarget): Promise<Publication[]> {
  const facts = await factsAt(fs, place.path);
  if (facts?.kind !== kind) return [];
  if (kind === 'directory') return ofDirectory(fs, place.path);
  const manifest = await readManifest(fs, publishedManifest(place, kind));
  if (typeof manifest === 'string') return [];
  const whole = facts.bytes === manifest.files[0]?.bytes;
  return (manifest.commits ?? []).map((commit) => ({ ...commit, whole }));
}

/** What a run has committed stays its commit while a later run's stands before it. */
async function ofGenerations(fs: FileSystem, place: Place, target: StoreTarget): Promise<Publication[]> {
  const generations = await listGenerations(fs, place);
  const kind = (await factsAt(fs, place.path))?.kind;
  if (generations.length > 0 && (kind === undefined || kind === 'link')) {
    await showGeneration({ fs, place, target });
  }
  const found = new Map<string, Publication>();
  for (const generation of generations) {
    for (const publication of await ofDirectory(fs, generationPath(place, generation))) {
      found.set(publication.runId, publication);
    }
  }
  return [...found.values()];
}

async function ofDirectory(fs: FileSystem, path: string): Promise<Publication[]> {
  const manifest = await readManifest(fs, join(path, manifestName));
  if (typeof manifest === 'string' || manifest.commits === undefined) return [];
  const whole = await isComplete(fs, path, manifest);
  return manifest.commits.map((commit) => ({ ...commit, whole }));
}
