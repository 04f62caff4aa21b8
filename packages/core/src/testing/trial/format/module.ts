// Owns the trial format as a module: sound, or with the fault that its options name.
import type { FormatDefinition } from '../../../sink/format.js';
import { type FormatFault, formatFaults } from './faults.js';
import { openTrial, trialFormat } from './trial-format.js';

export interface TrialFormatOptions {
  readonly fault?: FormatFault | undefined;
}

const definition: FormatDefinition<TrialFormatOptions> = {
  name: trialFormat.name,
  extension: trialFormat.extension,
  check: trialFormat.check,
  open(context) {
    const { fault } = context.options;
    return fault === undefined ? openTrial(context) : formatFaults[fault](context);
  },
};
export default definition;
