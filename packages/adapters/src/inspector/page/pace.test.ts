import { describe, expect, it } from 'vitest';
import { betweenMs } from './pace.js';

describe('the pace of the page', () => {
  it('is two drawings a second where they are quick, and one where they take long', () => {
    expect(betweenMs(0)).toBe(500);
    expect(betweenMs(12)).toBe(500);
    expect(betweenMs(20)).toBe(800);
    expect(betweenMs(25)).toBe(1_000);
    expect(betweenMs(4_000)).toBe(1_000);
  });
});
