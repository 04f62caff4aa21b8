// Owns the list of broken formats, and the sound one that they are derived from.
import type { FormatSubject } from '../test-format.js';
import type { BrokenAdapter } from './broken.js';
import type { FormatFault } from './format/faults.js';
import { readTrial } from './format/trial-format.js';
import { trialModule } from './trial-module.js';

const caughtBy: Readonly<Record<FormatFault, string>> = {
  dropsTheLastBatch: 'writes a file of several batches and counts its rows',
  swapsBatches: 'writes a file of several batches and counts its rows',
  claimsRowsItDidNotWrite: 'writes a file of one row and counts its rows',
  countsRowsInsteadOfWriting: 'writes a file of one row and counts its rows',
  writesNaNAsNull: 'writes the edges of float64 faithfully, or refuses them',
  losesTheSignOfZero: 'writes the edges of float64 faithfully, or refuses them',
  roundsLargeIntegers: 'writes the edges of int64 faithfully, or refuses them',
  cutsLongText: 'writes the edges of utf8 faithfully, or refuses them',
  takesNothingForNull: 'writes the edges of utf8 faithfully, or refuses them',
  refusesWithBareErrors: 'writes the edges of float64 faithfully, or refuses them',
  takesEmptyListsForNull: 'takes columns of type list and changes nothing in them, or refuses them in check',
  writesMapsAsNothing: 'takes columns of type map and changes nothing in them, or refuses them in check',
  refusesWhenItIsTooLate:
    'takes columns of type fixed_binary and changes nothing in them, or refuses them in check',
  buffersWithoutLimit: 'holds back no more bytes than it may',
  writesWithoutWaiting:
    'waits for a slow destination before it hands over more, and leaves those bytes alone meanwhile',
  swallowsFailures: 'never finishes a file of which bytes could not be written',
  readsBatchesTooLate: 'reads a batch only until its write has settled',
  writesAfterAnAbort: 'can be aborted before, between and after writes, and works again afterwards',
  claimsSuccessWhenCancelled: 'ends when it is cancelled while its destination hangs',
  understatesItsBytes: 'counts encoded bytes as they come, and never fewer than it has handed over',
  sharesStateBetweenFiles: 'keeps several files apart that are open in one thread',
};

/** The format that passes. */
export const soundFormat: FormatSubject = subjectOf(undefined);

/** Formats that make one mistake each. */
export const brokenFormats: readonly BrokenAdapter<FormatSubject>[] = Object.entries(caughtBy).map(
  // The keys of the table are the faults.
  ([fault, name]) => ({ fault, caughtBy: name, subject: subjectOf(fault as FormatFault) }),
);

function subjectOf(fault: FormatFault | undefined): FormatSubject {
  return {
    name: fault === undefined ? 'the sound trial format' : `a format that ${fault}`,
    format: trialModule('format', { fault }),
    refuses: [],
    read: async (bytes, { fields }) =>
      readTrial(
        bytes,
        fields.map(({ name }) => name),
      ),
  };
}
