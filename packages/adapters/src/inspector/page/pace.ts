// Owns how often the page draws while messages come: the longer a drawing takes, the rarer. A machine that is busy with a run
// takes long for each, and it is the run that would wait.

/** Milliseconds between two drawings. */
const least = 500;
const most = 1_000;
/** A drawing is to take no more than one part in so many of the time. */
const parts = 40;

/**
 * Milliseconds from one drawing to the next while more messages come: 500 to 1,000.
 * @param tookMs from messages to the frame that shows them, the last time
 */
export const betweenMs = (tookMs: number): number => Math.min(most, Math.max(least, parts * tookMs));
