import { it } from 'vitest';
import { expectWithinBudget, outputMebibytes } from '../support/memory.js';
import { testContainer } from './azurite.js';

it(`an output of ${outputMebibytes} MiB to Azure takes no more memory than 1.25 times the budget`, async () => {
  await expectWithinBudget(`az://${testContainer}/memory-${process.pid}`);
}, 1_000_000);
