// Owns the end of an attempt that was cancelled, as both sides of a thread tell it.
import type { PlainError } from '../errors/plain-error.js';

export const cancelledAttempt = (attemptId: string): PlainError => ({
  code: 'CANCELLED',
  status: 'permanent',
  operation: 'run attempt',
  message: `Attempt ${attemptId} was cancelled.`,
  context: { attemptId },
  causes: [],
});
