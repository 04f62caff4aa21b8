// Owns the promise of a job that is resumed: what is published is not written again, a journal that was damaged in the middle
// is never believed, and the job comes to its end when nothing goes wrong any more.
import type { Report } from '../../packages/core/src/pipeline/report.js';
import { decodeFrames } from '../../packages/core/src/store/journal/frames.js';
import type { FileNode } from './disk-nodes.js';
import type { JobPlan } from './plans.js';
import type { World } from './world.js';

export interface JobRules {
  /** Before a run begins. */
  begins(process: string, job: JobPlan): void;
  committing(process: string, output: string): void;
  published(output: string): void;
  /** @param failure what the run was rejected with */
  ended(process: string, job: JobPlan, report: Report, failure: unknown): void;
}

interface Damage {
  readonly process: string;
  readonly path: string;
  readonly at: number;
}

export function createJobRules(world: World): JobRules {
  const published = new Set<string>();
  let damage: Damage | undefined;

  const journalAt = (path: string): FileNode | undefined => {
    const node = world.disk.find(path);
    return node?.kind === 'file' ? node : undefined;
  };
  const flip = (file: FileNode, at: number): void => {
    const flipped = (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ 0x40;
      return copy;
    };
    file.bytes = flipped(file.bytes);
    file.durable = flipped(file.durable);
  };
  const repair = (): void => {
    if (damage === undefined) return;
    const file = journalAt(damage.path);
    if (file !== undefined) flip(file, damage.at);
    damage = undefined;
  };

  return {
    begins(process, { directory, damageAt }) {
      repair();
      const path = `${directory}/journal`;
      const file = damageAt === undefined ? undefined : journalAt(path);
      if (damageAt === undefined || file === undefined) return;
      const { frames } = decodeFrames(file.bytes, path);
      const [first] = frames;
      const last = frames.at(-1);
      if (first === undefined || last === undefined || first === last) return;
      const at = first.offset + Math.floor(damageAt * (last.offset - first.offset));
      damage = { process, path, at };
      flip(file, at);
      world.count('damage of a journal');
    },
    committing(process, output) {
      if (published.has(output))
        world.violate('duplicated', `${process} publishes ${output}, which its job has published`);
      if (damage?.process === process)
        world.violate('broken rule', `${process} publishes ${output}, and its journal is damaged`);
    },
    published: (output) => void published.add(output),
    ended(process, { isLast }, report, failure) {
      const errors: readonly unknown[] = failure instanceof AggregateError ? failure.errors : [failure];
      const codes = errors.map((error) =>
        error instanceof Error && 'code' in error ? String(error.code) : undefined,
      );
      const isCorrupt = codes.includes('JOURNAL_CORRUPT');
      const wasDamaged = damage?.process === process;
      if (wasDamaged && !isCorrupt && report.outputs.length > 0)
        world.violate('broken rule', `${process} goes on, and its journal is damaged`);
      if (isCorrupt && !wasDamaged)
        world.violate('lost', `${process} cannot read its journal: ${String(failure)}`);
      if (codes.includes('NONDETERMINISM'))
        world.violate('broken rule', `${process}, whose rows are always the same: ${String(failure)}`);
      if (isLast && report.state !== 'completed')
        world.violate(
          'lost',
          `${process} does not end the job, though nothing is in its way: ${String(failure)}`,
        );
    },
  };
}
