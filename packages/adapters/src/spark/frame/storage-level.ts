// Owns where Spark keeps what is persisted.
import { PlanError, shownOption } from '@tailrace/core';
import type { StorageLevel } from '../protocol/command.js';

/** As Spark names them. `_2` keeps two copies, `_SER` serialised ones. */
export type StorageLevelName =
  | 'DISK_ONLY'
  | 'DISK_ONLY_2'
  | 'MEMORY_ONLY'
  | 'MEMORY_ONLY_2'
  | 'MEMORY_ONLY_SER'
  | 'MEMORY_AND_DISK'
  | 'MEMORY_AND_DISK_2'
  | 'MEMORY_AND_DISK_SER'
  | 'OFF_HEAP';

const level = (
  useDisk: boolean,
  useMemory: boolean,
  deserialized: boolean,
  replication = 1,
): StorageLevel => ({
  useDisk,
  useMemory,
  useOffHeap: false,
  deserialized,
  replication,
});

/** Source: object StorageLevel of Spark's core. A replication of 0, which protobuf takes for left out, is no level. */
const levels: Readonly<Record<StorageLevelName, StorageLevel>> = {
  DISK_ONLY: level(true, false, false),
  DISK_ONLY_2: level(true, false, false, 2),
  MEMORY_ONLY: level(false, true, true),
  MEMORY_ONLY_2: level(false, true, true, 2),
  MEMORY_ONLY_SER: level(false, true, false),
  MEMORY_AND_DISK: level(true, true, true),
  MEMORY_AND_DISK_2: level(true, true, true, 2),
  MEMORY_AND_DISK_SER: level(true, true, false),
  OFF_HEAP: { ...level(true, true, false), useOffHeap: true },
};

/** @throws PlanError for what is no name of a level */
export function storageLevel(name: StorageLevelName): StorageLevel {
  checkLevel(name, 'persist the plan');
  return levels[name];
}

/** @param operation for the error. @throws PlanError for what is no name of a level */
export function checkLevel(name: unknown, operation: string): void {
  if (typeof name === 'string' && Object.hasOwn(levels, name)) return;
  throw new PlanError(
    `A storage level is one of ${Object.keys(levels).join(', ')}, not ${shownOption(name)}.`,
    {
      operation,
    },
  );
}

/** The name of a level; undefined for what is not kept at all. */
export function levelName(found: StorageLevel | undefined): StorageLevelName | undefined {
  // The keys of the table are the names.
  const same = (Object.keys(levels) as StorageLevelName[]).filter((name) => {
    const one = levels[name];
    return (
      one.useDisk === found?.useDisk &&
      one.useMemory === found.useMemory &&
      one.useOffHeap === found.useOffHeap &&
      one.deserialized === found.deserialized &&
      one.replication === found.replication
    );
  });
  return same[0];
}
