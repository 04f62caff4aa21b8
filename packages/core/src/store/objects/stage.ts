// Owns the record of a stage: who writes there. A run may publish only while its record stands; whoever takes the stage for dead
// condemns the record first, then takes the next number, and only then removes what no version names.
import { type Fate, type Owner, ownerIn, startOf } from '../local/owner.js';
import { recordIn } from '../plain-object.js';
import { type ObjectPlace, recordKey, stageOfRecord, stagesPrefix } from './object-keys.js';
import type { Objects } from './objects.js';

export interface StageRecord {
  readonly output: string;
  readonly runId: string;
  readonly owner: Owner;
  readonly begunAtMs: number;
  /** Its run may not publish any more. */
  readonly isCondemned: boolean;
}

export interface FoundStage {
  readonly stage: string;
  /** Undefined when it cannot be read. */
  readonly record: StageRecord | undefined;
  /** By the clock of the store. */
  readonly writtenAtMs: number;
}

export async function writeRecord(
  objects: Objects,
  place: ObjectPlace,
  stage: string,
  record: StageRecord,
): Promise<void> {
  const text = `${JSON.stringify({ what: 'a stage of Tailrace', ...record })}\n`;
  await objects.write(recordKey(place, stage), text);
}

export async function readRecord(
  objects: Objects,
  place: ObjectPlace,
  stage: string,
): Promise<StageRecord | undefined> {
  const text = await objects.text(recordKey(place, stage));
  return text === undefined ? undefined : decodeRecord(text);
}

export async function listStages(objects: Objects, place: ObjectPlace): Promise<readonly FoundStage[]> {
  const found: FoundStage[] = [];
  for (const { key, writtenAtMs } of await objects.list(stagesPrefix(place))) {
    const text = await objects.text(key);
    if (text === undefined) continue;
    found.push({ stage: stageOfRecord(place, key), record: decodeRecord(text), writtenAtMs });
  }
  return found;
}

/** Leases tell nothing here: a store is seen from many machines. */
export async function fateOfOwner(
  owner: Owner,
  self: Owner,
  startTime: (pid: number) => Promise<string | undefined> = startOf,
): Promise<Fate> {
  if (owner.boot !== self.boot || owner.pidSpace !== self.pidSpace) return 'unknown';
  if (owner.boot === '' && owner.host !== self.host) return 'unknown';
  try {
    return (await startTime(owner.pid)) === owner.start ? 'alive' : 'gone';
  } catch {
    // Hidden from this user: it may be there.
    return 'unknown';
  }
}

function decodeRecord(text: string): StageRecord | undefined {
  const { output, runId, owner: named, begunAtMs, isCondemned } = recordIn(text) ?? {};
  if (typeof output !== 'string' || typeof runId !== 'string' || typeof begunAtMs !== 'number')
    return undefined;
  const owner = ownerIn(named);
  if (typeof isCondemned !== 'boolean' || owner === undefined) return undefined;
  return { output, runId, owner, begunAtMs, isCondemned };
}
