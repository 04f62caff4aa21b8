import { azureBlob } from '@tailrace/adapters/azure-blob';
import { it } from 'vitest';
import { expectFlights } from '../support/flights.js';
import { testContainer } from './azurite.js';

it('the demo writes its outputs to az://', () =>
  expectFlights(`az://${testContainer}/flights`, [azureBlob()]));
