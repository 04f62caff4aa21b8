// Owns the loading of packages that only those install who want them.
import { PlanError } from '@tailrace/core';

/**
 * Loads an optional peer.
 * @param load imports it
 * @throws PlanError naming what to install, when it is not there
 */
export async function loadPeer<M>(name: string, user: string, load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (cause) {
    throw new PlanError(
      `${user} needs the package ${name}, which is not installed, or cannot be loaded. Run npm install ${name}.`,
      { operation: 'load package', context: { package: name }, cause },
    );
  }
}
