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

export function duration(ms: number): string {
  if (ms < 1_000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(2)} s`
    : `${Math.floor(ms / 60_000)} min ${((ms / 1_000) % 60).toFixed(0)} s`;
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
