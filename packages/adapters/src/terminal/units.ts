// Owns how numbers look on a terminal. It never depends on the machine's language.

const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `3,000,000`. */
export function formatCount(value: number): string {
  return counts.format(value);
}

/** Decimal units: `950 B`, `12.3 kB`, `118 MB`, `1.24 GB`. */
export function formatBytes(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  if (bytes < 1000) return `${Math.round(bytes)} B`;
  let scaled = bytes / 1000;
  let unit = 0;
  // 999.5 would be shown as 1000 of the smaller unit.
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  return `${threeDigits(scaled)} ${units[unit]}`;
}

/** `420 ms`, `12.3 s`, `3 min 05 s`. */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `43 %`, from a share of 0 to 1. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function threeDigits(value: number): string {
  if (value >= 99.95) return value.toFixed(0);
  return value >= 9.995 ? value.toFixed(1) : value.toFixed(2);
}
