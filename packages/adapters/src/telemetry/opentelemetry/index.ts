// Owns the public entry `@tailrace/adapters/opentelemetry`: spans and metrics through OpenTelemetry's API.
export type { Telemetry, TelemetryOptions, WatchedRun } from '../observer.js';
export { type OpenTelemetry, type OpenTelemetryOptions, opentelemetry } from './opentelemetry.js';
