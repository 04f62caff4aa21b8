// Owns the button that saves what was recorded, as the file that `tailrace-inspect` and Perfetto open.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { askForTrace, type Link } from './connection.js';

/** Milliseconds for which a browser may take to begin with a download. */
const keptMs = 60_000;

export function SaveButton({ link }: { readonly link: Link }): ComponentChildren {
  const [problem, setProblem] = useState('');
  const onClick = async (): Promise<void> => {
    try {
      setProblem('');
      const answer = await askForTrace('GET');
      if (!answer.ok) throw new Error(await answer.text());
      const href = URL.createObjectURL(await answer.blob());
      Object.assign(document.createElement('a'), { href, download: 'trace.json' }).click();
      setTimeout(() => URL.revokeObjectURL(href), keptMs);
    } catch (error) {
      setProblem(`It could not be saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <>
      <button
        type="button"
        // Its program writes the file.
        disabled={link !== 'live'}
        title="All that is remembered, as a file for tailrace-inspect, Perfetto and chrome://tracing"
        onClick={onClick}
      >
        Save recording
      </button>
      {problem !== '' && (
        <span class="hint" role="alert">
          {problem}
        </span>
      )}
    </>
  );
}
