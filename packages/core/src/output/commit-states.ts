// Owns the states of an output while it is published, and while it is looked at whether it was: part of the output machine.

import { failedTo } from './failures.js';
import { committedBy } from './output-decisions.js';
import { ofOutput } from './output-events.js';
import { whenPublished } from './output-transitions.js';

export const commitStates = {
  attempting: {
    entry: 'beginCommit',
    on: {
      'output.cancel': { actions: ['recordEnd', 'interrupt'] },
      'output.failed': { actions: ['recordEnd', 'interrupt'] },
      'commit.abandoned': { target: 'verifying', actions: 'giveUpCommit' },
    },
    invoke: {
      id: 'commit',
      src: 'commit',
      input: ofOutput,
      onDone: {
        target: '#output.done',
        actions: { type: 'recordCommitted', params: committedBy },
      },
      onError: {
        target: 'verifying',
        actions: { type: 'decideCommit', params: failedTo('commit output') },
      },
    },
  },
  verifying: {
    on: {
      'output.cancel': { actions: ['recordEnd', 'giveUpCommit'] },
      'output.failed': { actions: ['recordEnd', 'giveUpCommit'] },
      'commit.abandoned': '#output.aborting',
    },
    invoke: {
      id: 'verify',
      src: 'verify',
      input: ofOutput,
      onDone: [
        whenPublished,
        { guard: 'givenUp', target: '#output.aborting' },
        { guard: 'findsNoRoom', target: 'paused' },
        { target: 'waiting' },
      ],
      onError: [
        {
          guard: 'givenUp',
          target: '#output.aborting',
          actions: ['recordUnsure', { type: 'recordError', params: failedTo('verify commit') }],
        },
        { guard: 'findsNoRoom', target: 'paused' },
        { target: 'waiting' },
      ],
    },
  },
} as const;
