// Owns the mistakes that are planted, one at a time, to see that the simulation finds them: text of core, and what stands there
// instead.

export interface Mistake {
  readonly name: string;
  /** Below packages/core/src. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export const mistakes: readonly Mistake[] = [
  {
    name: 'no fsync of staged files',
    file: 'store/local/staged-file.ts',
    find: 'await file.sync();',
    put: '',
  },
  {
    name: 'no fsync of staged directories',
    file: 'store/local/commit.ts',
    find: "kind === 'directory' ? syncDirectories(fs, paths.content, directories) : undefined,",
    put: '',
  },
  {
    name: 'no fsync of the stage',
    file: 'store/local/commit.ts',
    find: 'syncDirectory(fs, paths.stage),',
    put: '',
  },
  {
    name: 'no fsync of the directories above',
    file: 'store/local/commit.ts',
    find: 'syncAncestors(fs, place.parent, madeParents),',
    put: '',
  },
  {
    name: 'no fsync after publishing',
    file: 'store/local/commit.ts',
    find: 'await syncStep(place.parent, target.output, () => syncDirectory(fs, place.parent));',
    put: '',
  },
  {
    name: 'what failed attempts left is published',
    file: 'store/local/settle.ts',
    find: 'await eachOf(strays, treeLanes, (path) => removeFile(fs, join(paths.content, path)));',
    put: '',
  },
  {
    name: 'a failed publication is not taken back',
    file: 'store/local/commit-held.ts',
    find: 'throw await takenBack(committing.fs, hold, error);',
    put: 'throw error;',
  },
  {
    name: 'the version before is not put back when publishing fails',
    file: 'store/local/leftovers.ts',
    find: 'await fs.rename(isWhole ? paths.content : paths.old, place.path);',
    put: 'if (isWhole) await fs.rename(paths.content, place.path);',
  },
  {
    name: 'recovery does not look whether the new version is whole',
    file: 'store/local/leftovers.ts',
    find: 'manifest !== undefined && (await isComplete(fs, paths.content, manifest))',
    put: '(await factsAt(fs, paths.content)) !== undefined',
  },
  {
    name: 'append forgets the files that are there',
    file: 'store/local/commit.ts',
    find: "mode === 'append' || mode === 'overwritePartitions'",
    put: "mode === 'overwritePartitions'",
  },
  {
    name: 'the lease is let go when an output begins',
    file: 'store/local/begin.ts',
    find: 'return { lease, place, paths, madeParents, notes',
    put: 'await lease.release(); return { lease, place, paths, madeParents, notes',
  },
  {
    name: 'mode error replaces',
    file: 'store/local/publish-file.ts',
    find: 'await fs.link(paths.content, place.path);',
    put: 'await fs.rename(paths.content, place.path);',
  },
  {
    name: 'done before the commit',
    file: 'output/output.machine.ts',
    find: "{ guard: 'allPrepared', target: 'committing' },",
    put: "{ guard: 'allPrepared', target: '#output.done' },",
  },
  {
    name: 'commits while a write is missing',
    file: 'output/output.machine.ts',
    find: 'context.ended && context.live.length === 0 && context.failed === 0',
    put: 'context.ended && context.live.length <= 1 && context.failed === 0',
  },
  {
    name: 'the reserve of a prepared write is kept',
    file: 'pool/output-effects.ts',
    find: 'reservations.get(attemptId)?.release();',
    put: '',
  },
  {
    name: 'the reserve of an encoder is charged twice',
    file: 'pool/output-effects.ts',
    find: 'reservations.set(attemptId, budget',
    put: "budget.reserve(record.sink.reserveBytes, 'encoder'); reservations.set(attemptId, budget",
  },
  {
    name: 'a failed write is tried once more than allowed',
    file: 'retry/policies.ts',
    find: "error.status === 'permanent' || attempt >= attempts ? giveUp : { retry: true, delayMs }",
    put: "error.status === 'permanent' || attempt > attempts ? giveUp : { retry: true, delayMs }",
  },
  {
    name: 'a group is published without its decision',
    file: 'store/local/group-recovery.ts',
    find: 'if (!(await isDecided(ballot))) return false;',
    put: '',
  },
  {
    name: 'no fsync of the decision of a group',
    file: 'store/local/group-ballot.ts',
    find: 'await syncDirectory(fs, stage);\n  } catch (error) {\n    throw unknown',
    put: '} catch (error) {\n    throw unknown',
  },
  {
    name: 'a dead group is given up though it was decided',
    file: 'store/local/group-recovery.ts',
    find: 'for (const member of members) await rollForward(fs, member, signal);',
    put: '',
  },
  {
    name: 'the last of a group does not wait for the others',
    file: 'pool/commit-group.ts',
    find: 'await abortable(othersEnded.promise, signal);',
    put: '',
  },
  {
    name: 'a decision that failed is taken for none',
    file: 'store/local/group-ballot.ts',
    find: 'if (!(await isThere(ballot, open).catch(() => false))) throw unknown(ballot, output, error);',
    put: '',
  },
  {
    name: 'a resumed job forgets what is published',
    file: 'pipeline/resume-plan.ts',
    find: 'if (published.key === output.key) kept.set(output.name, published);',
    put: 'if (published.key === output.key) continue;',
  },
  {
    name: 'damage of a journal is taken for its torn end',
    file: 'store/journal/frames.ts',
    find: 'if (payloadAt(bytes, later) !== undefined)',
    put: 'if (false)',
  },
  {
    name: 'a stage of the same run without its mark is in the way',
    file: 'store/local/leftovers.ts',
    find: 'if (isForsaken || names.every(isUnstaged)) {',
    put: 'if (names.every(isUnstaged)) {',
  },
  {
    name: 'partitions that are overwritten keep their files',
    file: 'store/partitions.ts',
    find: 'if (partitions.has(at)) return false;',
    put: '',
  },
  {
    name: 'partitions that are not overwritten are left out',
    file: 'store/local/append.ts',
    find: 'path !== manifestName && stays(path)',
    put: "path !== manifestName && stays(path) && mode === 'append'",
  },
];
