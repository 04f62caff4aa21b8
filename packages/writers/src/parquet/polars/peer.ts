// Owns the look for nodejs-polars, which is installed by whoever wants this engine: 115 MB of native code.
import { createRequire } from 'node:module';
import { PlanError } from '@tailrace/core/sink';

const require = createRequire(import.meta.url);

/**
 * Throws PLAN_INVALID where nodejs-polars is not installed.
 * @param target as messages name the output
 * @param resolve finds an installed package, or throws
 */
export function ensurePolars(target: string, resolve: (name: string) => string = require.resolve): void {
  try {
    resolve('nodejs-polars');
  } catch (cause) {
    throw new PlanError(
      `parquet(${target}): the engine polars needs the package nodejs-polars, which is not installed. Run npm ` +
        'install nodejs-polars, or leave out the option engine.',
      { operation: 'declare parquet', cause },
    );
  }
}
