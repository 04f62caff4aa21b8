// Owns the trial sink as a module: sound, or with the fault that its options name.
import type { SinkDefinition } from '../../../sink/sink.js';
import { type SinkFault, sinkFaults } from './faults.js';
import { type PartName, type TrialSink, type TrialSinkOptions, trialSink } from './trial-sink.js';

export interface FaultySinkOptions extends TrialSinkOptions {
  readonly fault?: SinkFault | undefined;
}

function of({ options }: { readonly options: FaultySinkOptions }): TrialSink {
  return options.fault === undefined ? trialSink : { ...trialSink, ...sinkFaults[options.fault] };
}

const definition: SinkDefinition<FaultySinkOptions, string, PartName> = {
  name: 'trial',
  begin: (context) => of(context).begin(context),
  open: (context) => of(context).open(context),
  commit: (context) => of(context).commit(context),
  verify: async (context) => of(context).verify?.(context),
  abort: (context) => of(context).abort(context),
};
export default definition;
