// Owns loading the packages that only users of Spark need, and saying which one is missing.
import { PlanError } from '@tailrace/core';

/** Loads an optional peer. Throws PLAN_INVALID where it, or a package that it needs, is not installed; other failures pass. */
export async function loadPeer<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const missing = missingIn(cause);
    if (missing === undefined) throw cause;
    const problem =
      missing === name || missing.startsWith(`${name}/`)
        ? 'which is not installed'
        : `which is not installed whole: '${missing}' is missing`;
    throw new PlanError(
      `@tailrace/adapters/spark needs the package ${name}, ${problem}. Run npm install @grpc/grpc-js @bufbuild/protobuf.`,
      { operation: 'load spark connect', cause },
    );
  }
}

/** What Node did not find, as it names it: `Cannot find package 'x' imported from ...`. Undefined for another failure. */
function missingIn(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  // One that is required by another, as the library for gRPC does it, has a code of its own.
  if (cause.code !== 'ERR_MODULE_NOT_FOUND' && cause.code !== 'MODULE_NOT_FOUND') return undefined;
  return /'([^']+)'/.exec(cause.message)?.[1] ?? 'a part of it';
}
