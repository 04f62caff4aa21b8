// Owns the page as a whole: what is shown where, and at which moment. All text reaches the document as text.
import { type ComponentChildren, render } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { emptyModel, type Model } from '../model/model.js';
import { ofRun } from '../model/of-run.js';
import { createTape } from '../model/tape.js';
import { ActorPanel } from './actor-view.js';
import { connect, isRecording, type Link } from './connection.js';
import { duration } from './format.js';
import { GanttView } from './gantt-view.js';
import { GraphView } from './graph-view.js';
import { Head } from './head-view.js';
import { useKeys } from './keys.js';
// biome-ignore lint/correctness/useImportExtensions: a style sheet, which the bundler takes in, not a module.
import './page.css';
// biome-ignore lint/correctness/useImportExtensions: as above.
import './drawings.css';
// biome-ignore lint/correctness/useImportExtensions: as above.
import './head.css';
// biome-ignore lint/correctness/useImportExtensions: as above.
import './welcome.css';
import { PlotsView } from './plots-view.js';
import { ProblemsView } from './problems-view.js';
import { SaveButton } from './save-view.js';
import { Guarded, Section } from './section.js';
import { TreeView } from './tree-view.js';
import { Welcome } from './welcome-view.js';

const tape = createTape();
/** Milliseconds between two drawings of canvases: the largest part of what a page draws. */
const chartsEveryMs = 1_000;

function Page(): ComponentChildren {
  const [now, setNow] = useState<Model>(emptyModel);
  const [link, setLink] = useState<Link>('connecting');
  /** The moment that is shown; undefined for the latest. */
  const [moment, setMoment] = useState<number>();
  const [picked, choose] = useState<string>();
  /** The run that is shown; undefined for the latest that goes on. */
  const [run, chooseRun] = useState<string>();
  useEffect(
    () =>
      connect({
        onLink: setLink,
        onReset: () => tape.clear(),
        onMessages: (messages) => {
          tape.add(messages);
          setNow(tape.now);
        },
      }),
    [],
  );
  const whole = useMemo(
    () => (moment === undefined ? now : tape.at(moment)),
    [moment, moment === undefined ? now : undefined],
  );
  // Any earlier moment is as it was. A program that was started anew refuses the token of the one before, and a recording
  // tells no more than it has told.
  const isSilent = link === 'lost' || link === 'refused' || isRecording();
  const isLost = isSilent && moment === undefined;
  const model = useMemo(() => ofRun(whole, run, isLost), [whole, run, isLost]);
  useKeys(now, setMoment);
  const chosen = chosenOf(picked, model, whole);
  const urgent = [moment, link, model.graph, model.report, model.progress.at(-1)?.state];
  return (
    <>
      <Guarded>
        <Head model={model} link={link} run={run} chooseRun={chooseRun} />
      </Guarded>
      <nav class="scrub">
        <button
          type="button"
          aria-keyshortcuts="Space"
          onClick={() => setMoment(moment === undefined ? now.to : undefined)}
        >
          {moment === undefined ? 'Pause' : 'Go live'}
        </button>
        <input
          type="range"
          aria-label="Moment"
          step="any"
          min={now.from}
          max={Math.max(now.from + 1, now.to)}
          value={moment ?? now.to}
          onInput={({ currentTarget: { value, max } }) =>
            setMoment(Number(value) < Number(max) ? Number(value) : undefined)
          }
        />
        <output>{duration((moment ?? now.to) - now.from)}</output>
        <SaveButton link={link} />
        <span class="hint">space: pause · ← →: back and forth · /: filter</span>
      </nav>
      <main>
        {now.messages === 0 ? (
          <Welcome link={link} />
        ) : (
          <Parts model={model} chosen={chosen} choose={choose} urgent={urgent} />
        )}
      </main>
    </>
  );
}

interface PartsProps {
  readonly model: Model;
  readonly chosen: string | undefined;
  readonly choose: (id: string) => void;
  /** A run begins, ends, or comes to another state, or a person goes back and forth. */
  readonly urgent: readonly unknown[];
}

function Parts({ model, chosen, choose, urgent }: PartsProps): ComponentChildren {
  return (
    <>
      <Guarded>
        <ProblemsView model={model} choose={choose} />
      </Guarded>
      <Section
        title="Pipeline: what is computed from what, and where it goes"
        isWide
        parts={[model.progress]}
        urgent={urgent}
      >
        {() => <GraphView model={model} />}
      </Section>
      <Section
        title="Who did what, and when"
        isWide
        parts={[model.spans, model.openSpans, model.to]}
        urgent={urgent}
        everyMs={chartsEveryMs}
      >
        {() => <GanttView model={model} choose={choose} />}
      </Section>
      {model.progress.length > 1 && (
        <Section
          title="Throughput and memory over time"
          isWide
          parts={[model.progress]}
          urgent={urgent}
          everyMs={chartsEveryMs}
        >
          {() => <PlotsView model={model} />}
        </Section>
      )}
      <Section title="Actors" parts={[model.actors]} urgent={[...urgent, chosen]}>
        {() => <TreeView model={model} chosen={chosen} choose={choose} />}
      </Section>
      <Section
        title="Chosen actor: its states, the active one lit"
        parts={[chosen === undefined ? undefined : model.actors.get(chosen)]}
        urgent={[...urgent, chosen]}
      >
        {() => <ActorPanel model={model} id={chosen} />}
      </Section>
    </>
  );
}

/** Until one of its actors is chosen: the first of the run that has states. */
function chosenOf(picked: string | undefined, model: Model, whole: Model): string | undefined {
  // One that another run has; where none has it any more, or yet, it stays chosen.
  const isElsewhere = picked !== undefined && whole.actors.has(picked) && !model.actors.has(picked);
  if (picked !== undefined && !isElsewhere) return picked;
  for (const { id, isMachine } of model.actors.values()) if (isMachine) return id;
  return undefined;
}

const place = document.getElementById('page');
if (place !== null) render(<Page />, place);
