// Owns arithmetic on times without a zone, as whole microseconds since 1970. It makes no Date: the machine's zone never matters.

const microsPerHour = 3_600_000_000;
const microsPerDay = 24 * microsPerHour;

/** Hours since 1970-01-01T00:00. */
export function hourNumber(micros: number): number {
  return Math.floor(micros / microsPerHour);
}

/** Days since 1970-01-01. */
export function dayNumber(micros: number): number {
  return Math.floor(micros / microsPerDay);
}

/** Hour on the clock, 0 to 23. */
export function hourOfDay(micros: number): number {
  return hourNumber(micros) - dayNumber(micros) * 24;
}

export function hourToMicros(hour: number): number {
  return hour * microsPerHour;
}

export function daysToMicros(days: number): number {
  return days * microsPerDay;
}

/** `2001-01-31T17` for messages. */
export function hourText(hour: number): string {
  return new Date(hourToMicros(hour) / 1000).toISOString().slice(0, 13);
}
