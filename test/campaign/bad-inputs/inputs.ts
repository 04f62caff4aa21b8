// Owns the mix of bad inputs: how many of each boundary.
import fc from 'fast-check';
import { optionsOfCalls } from './calls.js';
import { damagedFiles } from './damaged-files.js';
import { forgedBatches } from './forged-batches.js';
import { optionsOfRuns } from './options.js';
import { partitions, paths } from './partitions.js';
import { directRows, writtenRows } from './rows.js';
import { badDefinitions, badSchemas, oddSchemas } from './schemas.js';
import type { Trial } from './trial.js';

export const anyTrial: fc.Arbitrary<Trial> = fc.oneof(
  { weight: 30, arbitrary: directRows },
  { weight: 11, arbitrary: writtenRows },
  { weight: 3, arbitrary: badSchemas },
  { weight: 2, arbitrary: badDefinitions },
  { weight: 4, arbitrary: oddSchemas },
  { weight: 7, arbitrary: optionsOfRuns },
  { weight: 8, arbitrary: optionsOfCalls },
  { weight: 4, arbitrary: paths },
  { weight: 4, arbitrary: partitions },
  { weight: 12, arbitrary: damagedFiles },
  { weight: 5, arbitrary: forgedBatches },
);
