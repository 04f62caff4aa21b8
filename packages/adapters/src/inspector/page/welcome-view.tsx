// Owns what is shown while nothing is known: what the page waits for, and how it comes here.
import type { ComponentChildren } from 'preact';
import { isRecording, type Link } from './connection.js';

/** As it stands in docs/guides/inspecting.md, where `shown` is what `inspector()` has answered. */
const ways = [
  [
    'A run, with its graph, its numbers and its report:',
    'const run = flights.run({ inspect: shown.inspect });\nshown.watch(run, flights);',
  ],
  ['Any XState actor of the program:', 'createActor(machine, { inspect: shown.inspect }).start();'],
  [
    'Another XState app, through @statelyai/inspect:',
    'const { inspect } = createWebSocketInspector({ url: shown.inspectUrl });',
  ],
] as const;

export function Welcome({ link }: { readonly link: Link }): ComponentChildren {
  // Of what is not there the head says so.
  if (link !== 'live') return null;
  if (isRecording())
    return (
      <section class="wide welcome">
        <h2>An empty recording</h2>
        <p>
          This file tells of no run and of no actor: it was saved before one had begun. Save one while a run
          goes on, or when it has ended.
        </p>
      </section>
    );
  return (
    <section class="wide welcome">
      <h2>Waiting for a run</h2>
      <p>
        Nothing has been told to this inspector yet. What is given its <code>inspect</code> is shown here as
        soon as it begins, by itself.
      </p>
      {ways.map(([what, how]) => (
        <div key={what}>
          <p>{what}</p>
          <pre>{how}</pre>
        </div>
      ))}
      <p class="hint">
        <code>shown</code> is what <code>await inspector()</code> has answered, whose address this is.
      </p>
    </section>
  );
}
