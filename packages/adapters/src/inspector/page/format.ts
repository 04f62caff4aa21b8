// Owns how numbers and states are written on the page.
import type { Plain } from '../stream/message.js';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1_024 && unit < units.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

export const count = (value: number): string => Math.round(value).toLocaleString('en');

/** `1.23 M`, for rates and counts at a glance. */
export function brief(value: number): string {
  if (value < 100) return String(Number(value.toPrecision(3)));
  if (value < 10_000) return count(value);
  const [divisor, unit] = value < 1_000_000 ? [1_000, 'k'] : value < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${(value / divisor).toPrecision(3)} ${unit}`;
}

/** Of at most two units: `1.23 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${ms.toFixed(ms < 9.95 ? 1 : 0)} ms`;
  if (ms < 59_995) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  return `${count(Math.floor(hours / 24))} d ${hours % 24} h`;
}

/** `{ up: 'busy' }` as `up.busy`, parallel states beside each other. */
export function stateText(value: Plain | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.entries(value)
    .map(([name, inner]) => {
      const below = stateText(inner);
      return below === '' ? name : `${name}.${below}`;
    })
    .join(' | ');
}

/** The innermost state, of parallel ones the first: `up.busy` gives `busy`. */
export function lastState(value: Plain | undefined): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const [first] = Object.entries(value);
  return first === undefined ? '' : lastState(first[1]) || first[0];
}
