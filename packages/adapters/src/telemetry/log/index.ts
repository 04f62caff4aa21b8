// Owns the public entry `@tailrace/adapters/log`: structured lines about runs, for pino and its like.
export type { SaidError } from '../facts/fact.js';
export type { Telemetry, TelemetryOptions, WatchedRun } from '../observer.js';
export {
  type LogFields,
  type LogFunction,
  type LoggerLike,
  type LogLevel,
  type LogOptions,
  runLog,
} from './log.js';
