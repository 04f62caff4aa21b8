import { describe, expect, it } from 'vitest';
import { sampleTypes } from '../testing/type-samples.js';
import { refusalOf } from './mapping.js';
import { typeTable } from './type-table.js';

describe('the table of types', () => {
  const kinds = [...new Set(sampleTypes.map(({ kind }) => kind))];

  it.each(Object.entries(typeTable))('says of every type what %s does with it', (_, mappings) => {
    // The matrix tries samples of each kind.
    expect(Object.keys(mappings).sort()).toEqual([...kinds].sort());
    for (const entry of Object.values(mappings)) {
      if ('because' in entry) {
        expect(entry.because).toMatch(/^[^A-Z].*[^.]$/);
        expect(entry.instead).toMatch(/^[A-Z].*\.$/);
      } else {
        expect(entry.as).toMatch(/\S/);
      }
    }
  });

  it('has a format for every sample', () => {
    for (const type of sampleTypes) {
      const taking = Object.values(typeTable).filter((mappings) => refusalOf(mappings, type) === undefined);
      expect(taking.length).toBeGreaterThan(0);
    }
  });
});
