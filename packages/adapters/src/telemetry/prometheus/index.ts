// Owns the public entry `@tailrace/adapters/prometheus`: metrics of runs for Prometheus, through prom-client.
export type { Telemetry, TelemetryOptions, WatchedRun } from '../observer.js';
export { type Prometheus, type PrometheusOptions, prometheus } from './prometheus.js';
