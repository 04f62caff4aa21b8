// Owns having the server compute a plan and keep its rows without it.
import { planDoing } from '../protocol/command.js';
import type { Relation } from '../protocol/relation.js';
import type { ActionOptions, Engine } from './engine.js';
import { type StorageLevelName, storageLevel } from './storage-level.js';

/** Options of `checkpoint`. */
export interface CheckpointOptions extends ActionOptions {
  /** Compute at once (true by default), or when it is first read. */
  readonly eager?: boolean;
  /** Keep it with the executors (true by default: it dies with them), or in the checkpoint directory of the server. */
  readonly local?: boolean;
  /** Where executors keep it. Default: as the server has it. */
  readonly level?: StorageLevelName;
}

export interface KeptRelation {
  readonly relationId: string;
  release(options?: ActionOptions): Promise<void>;
}

export async function checkpointRelation(
  engine: Engine,
  relation: Relation,
  options: CheckpointOptions,
): Promise<KeptRelation> {
  const { eager = true, local = true, level } = options;
  const kept = level === undefined ? {} : { storageLevel: storageLevel(level) };
  const plan = planDoing({ case: 'checkpointCommand', value: { relation, local, eager, ...kept } });
  let relationId = '';
  for await (const { responseType } of engine.execute(plan, 'checkpoint a frame', options)) {
    if (responseType.case === 'checkpointCommandResult')
      relationId = responseType.value.relation?.relationId ?? '';
  }
  const release = planDoing({
    case: 'removeCachedRemoteRelationCommand',
    value: { relation: { relationId } },
  });
  return {
    relationId,
    release: async (given = {}) => {
      for await (const _response of engine.execute(release, 'release a checkpoint', given));
    },
  };
}
