import { describe, expect, test } from 'vitest';
import { maxScratchBytes, pageScratch } from './page-scratch.js';

describe('pageScratch', () => {
  test('keeps memory of the usual size from page to page', () => {
    const scratch = pageScratch();
    const first = scratch.room(maxScratchBytes);
    scratch.release();
    expect(scratch.room(10)).toBe(first);
  });

  test('lets go of more when the page is made', () => {
    const scratch = pageScratch();
    const huge = scratch.room(maxScratchBytes + 1);
    expect(scratch.room(10)).toBe(huge);
    scratch.release();
    expect(scratch.room(10)).toHaveLength(10);
  });
});
