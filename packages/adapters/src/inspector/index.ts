// Owns the public entry `@tailrace/adapters/inspector`: a page that shows runs and any XState app, on this machine only.
export { type Inspector, inspector } from './inspector.js';
export type { InspectorOptions } from './options.js';
export { type RecordingOptions, type ShownRecording, showRecording } from './recording.js';
export type { HistoryOptions } from './stream/history.js';
export type { PlainLimits } from './stream/plain.js';
export type { InspectFunction } from './stream/stream.js';
export type { WatchedRun } from './stream/watch-run.js';
