// Owns which options a stage and an output have, and what each must be: for those that come from JavaScript.

export const stageOptions = {
  schema: 'schema',
  overflow: ['spill', 'fail'],
  batchRows: 'count',
  batchBytes: 'count',
  onBadRow: 'onBadRow',
  maxBadRows: 'whole',
  maxBadShare: 'share',
  extraColumns: ['error', 'drop'],
  missingColumns: ['null', 'error'],
} as const;

export const writeOptions = {
  retry: 'function',
  timeoutMs: 'ms',
  stallMs: 'ms',
  slow: ['pace', 'spill'],
  writeRows: 'count',
  writeBytes: 'bytes',
  retryBudget: 'object',
  onDiskFull: ['fail', 'wait'],
  diskFullTimeoutMs: 'limit',
} as const;
