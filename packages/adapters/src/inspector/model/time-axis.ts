// Owns how an axis of time is marked: in steps that a person counts in, each with its time since the start. Pure.

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

const times = (unit: number, counts: readonly number[]): readonly number[] =>
  counts.map((count) => count * unit);
/** Of milliseconds and of days, which are counted in tens. */
const tens = (unit: number, powers: number): readonly number[] =>
  Array.from({ length: powers }, (_, power) => times(unit * 10 ** power, [1, 2, 5])).flat();

/** Milliseconds from one mark to the next, ascending: as far as dates go. */
export const timeSteps: readonly number[] = [
  ...tens(1, 3),
  ...times(second, [1, 2, 5, 10, 15, 30]),
  ...times(minute, [1, 2, 5, 10, 15, 30]),
  ...times(hour, [1, 2, 6, 12]),
  ...tens(day, 9),
];

/**
 * Milliseconds from one mark to the next.
 * @param spanMs milliseconds from one end of the axis to the other
 * @param mostMarks that have room on it, beside the one at its start
 */
export const stepOf = (spanMs: number, mostMarks: number): number =>
  timeSteps.find((step) => spanMs <= step * mostMarks) ?? Math.max(1, spanMs);

/**
 * What stands at a mark: `2.5 s`; of an axis of a minute or more `1:30`, of one of an hour or more `2:05:00`.
 * @param ms milliseconds since the start of the axis
 * @param spanMs as of `stepOf`
 */
export function timeLabel(ms: number, spanMs: number): string {
  if (spanMs < minute) return `${Number((ms / second).toPrecision(4))} s`;
  const seconds = Math.round(ms / second);
  const minutes = Math.floor(seconds / 60);
  if (spanMs < hour) return `${minutes}:${twoDigits(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
}

const twoDigits = (count: number): string => String(count).padStart(2, '0');
