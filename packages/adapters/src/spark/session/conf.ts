// Owns the settings of a session.
import { TailraceError } from '@tailrace/core';
import type { Connection } from '../client/connection.js';
import type { CallSettings } from '../frame/engine.js';

/**
 * Settings of a session, which no other one sees. Each throws a SparkError where Spark refuses, a CancelledError when aborted.
 */
export interface SparkConf {
  /** The value that holds in this session; undefined where there is none. */
  get(key: string, options?: CallSettings): Promise<string | undefined>;
  /** Sets values by their keys. A setting of the server itself cannot be changed. */
  set(values: Readonly<Record<string, string>>, options?: CallSettings): Promise<void>;
  /** Has the server's own values hold again. */
  unset(keys: readonly string[], options?: CallSettings): Promise<void>;
}

export function createConf(connection: Connection): SparkConf {
  const ask = async (
    opType: Parameters<typeof connection.unary<'Config'>>[1]['operation']['opType'],
    operation: string,
    { signal }: CallSettings,
  ) => {
    const answer = await connection.unary('Config', { operation: { opType } }, operation, { signal });
    for (const warning of answer.warnings)
      connection.warn(
        new TailraceError(`Spark was asked to ${operation}, and warns: ${warning}`, {
          code: 'ENGINE_FAILED',
          operation,
        }),
      );
    return answer.pairs;
  };
  return {
    get: async (key, options = {}) => {
      const [pair] = await ask({ case: 'getOption', value: { keys: [key] } }, 'read a setting', options);
      return pair?.value;
    },
    set: async (values, options = {}) => {
      const pairs = Object.entries(values).map(([key, value]) => ({ key, value }));
      await ask({ case: 'set', value: { pairs } }, 'change settings', options);
    },
    unset: async (keys, options = {}) => {
      await ask({ case: 'unset', value: { keys } }, 'unset settings', options);
    },
  };
}
