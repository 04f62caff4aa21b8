// Owns the identity of a run: sortable by time, unique by chance, fit for file names.
import type { Clock, Random } from '../time/clock.js';

/** `20011231T235959-7fk2m9qa`: UTC time to the second and eight random characters of a-z, 2-7. */
export function newRunId(clock: Clock, random: Random): string {
  const time = new Date(clock.wallTime()).toISOString().replaceAll(/[-:]|\..*$/g, '');
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let suffix = '';
  for (let index = 0; index < 8; index += 1)
    suffix += alphabet[Math.floor(random() * alphabet.length)] ?? 'a';
  return `${time}-${suffix}`;
}
