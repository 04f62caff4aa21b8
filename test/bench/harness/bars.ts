// Owns promised figures: how they are stated, and when they are met.
import type { Bar } from './bench-case.js';

export function atLeast(text: string, wanted: number, measured: number, unit: string): Bar {
  return { text, sense: 'at least', wanted, measured, unit };
}

export function atMost(text: string, wanted: number, measured: number, unit: string): Bar {
  return { text, sense: 'at most', wanted, measured, unit };
}

/** A figure that could not be measured meets nothing. */
export function isMet({ sense, wanted, measured }: Bar): boolean {
  return sense === 'at least' ? measured >= wanted : measured <= wanted;
}
