// Owns the trial store as a module: sound, or with the fault that its options name.
import type { StoreDefinition } from '../../../sink/store.js';
import { type StoreFault, storeFaults } from './faults.js';
import { type TrialStaging, type TrialStore, trialStore } from './trial-store.js';

export interface TrialStoreOptions {
  readonly fault?: StoreFault | undefined;
}

function of({ options }: { readonly options: TrialStoreOptions }): TrialStore {
  return options.fault === undefined ? trialStore : { ...trialStore, ...storeFaults[options.fault] };
}

const definition: StoreDefinition<TrialStoreOptions, TrialStaging> = {
  name: 'trial',
  supports: trialStore.supports,
  begin: (context) => of(context).begin(context),
  createFile: (context) => of(context).createFile(context),
  removeFile: (context) => of(context).removeFile(context),
  commit: (context) => of(context).commit(context),
  verify: (context) => of(context).verify(context),
  abort: (context) => of(context).abort(context),
};
export default definition;
