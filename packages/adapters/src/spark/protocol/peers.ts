// Owns loading the packages that only users of Spark need, and saying which one is missing.
import { PlanError } from '@tailrace/core';

/** Loads an optional peer. Throws PLAN_INVALID where it is not installed; other failures pass. */
export async function loadPeer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new PlanError(
      `@tailrace/adapters/spark needs the package ${name}, which is not installed. Run npm install @grpc/grpc-js @bufbuild/protobuf.`,
      { operation: 'load spark connect', cause },
    );
  }
}
