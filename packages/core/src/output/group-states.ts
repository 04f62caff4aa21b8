// Owns the states of an output between its last write and the decision of its group: part of the output machine.
import { failedTo } from './failures.js';
import { ofOutput } from './output-events.js';

/** While the group is being decided nobody leaves: it could be published all the same. */
const leaving = [
  { guard: 'isDeciding', actions: ['recordEnd', 'waitNoLonger'] },
  { target: '#output.aborting', actions: 'recordEnd' },
] as const;

export const groupStates = {
  settling: {
    entry: 'beginCommit',
    on: {
      'output.cancel': { actions: ['recordEnd', 'interrupt'] },
      'output.failed': { actions: ['recordEnd', 'interrupt'] },
      'commit.abandoned': '#output.aborting',
    },
    invoke: {
      id: 'settle',
      src: 'settle',
      input: ofOutput,
      onDone: [{ guard: 'wasEnded', target: '#output.aborting' }, { target: 'gathered' }],
      onError: {
        target: 'unsettled',
        actions: { type: 'decideCommit', params: failedTo('prepare output') },
      },
    },
  },
  // Ready, and waiting for the others.
  gathered: {
    on: {
      'output.cancel': leaving,
      'output.failed': leaving,
      'commit.abandoned': { target: '#output.aborting', actions: 'leaveUndecided' },
    },
    invoke: {
      id: 'gather',
      src: 'gather',
      input: ofOutput,
      onDone: { target: 'attempting', actions: ['graceAgain', 'recordDecision'] },
      onError: {
        target: 'unsettled',
        actions: { type: 'decideCommit', params: failedTo('decide group') },
      },
    },
  },
  unsettled: {
    always: [
      { guard: 'givenUp', target: '#output.aborting' },
      { guard: 'findsNoRoom', target: 'paused' },
      { target: 'waiting' },
    ],
  },
} as const;
