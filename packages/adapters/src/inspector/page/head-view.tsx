// Owns the first glance: which run, in what state, what holds it up, and its numbers now.
import type { ComponentChildren } from 'preact';
import type { Model } from '../model/model.js';
import { ratesOf } from '../model/rates.js';
import { isOver, type RunView } from '../model/runs.js';
import { verdictOf } from '../model/verdict.js';
import type { ProgressMessage } from '../stream/message.js';
import { isRecording, type Link } from './connection.js';
import { brief, bytes, count, duration } from './format.js';

/** Of a recording the server is there, and tells nothing new. */
const linkTexts: Readonly<Record<Link | 'recording', string>> = {
  connecting: 'connecting …',
  live: 'live',
  recording: 'recording',
  lost: 'lost: the program has ended or closed its inspector; trying again',
  refused: 'refused: open the whole address that was printed, with its token',
};
export interface HeadProps {
  readonly model: Model;
  readonly link: Link;
  /** The run that was chosen. */
  readonly run: string | undefined;
  readonly chooseRun: (id: string | undefined) => void;
}

export function Head({ model, link, run, chooseRun }: HeadProps): ComponentChildren {
  const { graph, report, counted, isLost } = model;
  const last = model.progress.at(-1);
  const shownLink = link === 'live' && isRecording() ? 'recording' : link;
  const verdict = verdictOf(model);
  const state = last !== undefined && isLost && !isOver(model) ? lost : (report?.state ?? last?.state);
  return (
    <header>
      <h1>{graph === undefined ? 'Tailrace inspector' : graph.pipeline}</h1>
      {state !== undefined && <span class={`pill ${state}`}>{state}</span>}
      {model.runs.size > 1 && <RunChooser model={model} run={run} choose={chooseRun} />}
      {last !== undefined && <span>{duration(report?.elapsedMs ?? last.elapsedMs)}</span>}
      <span class={`link ${shownLink}`}>{linkTexts[shownLink]}</span>
      {counted !== undefined && counted.writes > 0 && (
        <span class="hint">{`${count(counted.writes)} more writes are counted, not listed one by one`}</span>
      )}
      {verdict !== undefined && (
        <p class={`verdict ${verdict.tone}`} role="status">
          {verdict.text}
          {report !== undefined && verdict.tone === 'bad' && <small>{report.advice}</small>}
        </p>
      )}
      {last !== undefined && <Tiles model={model} now={last} />}
    </header>
  );
}

/** What a run is said to be of which nothing is heard any more. */
const lost = 'lost';

interface RunChooserProps {
  readonly model: Model;
  readonly run: string | undefined;
  readonly choose: (id: string | undefined) => void;
}

/** Several runs have been watched: which of them is shown. */
function RunChooser({ model: { runs, isLost }, run, choose }: RunChooserProps): ComponentChildren {
  const all = [...runs.values()];
  const stateOf = (each: RunView): string =>
    isLost && !isOver(each) ? lost : (each.report?.state ?? each.progress.at(-1)?.state ?? 'begins');
  return (
    <select
      aria-label="Run"
      value={run !== undefined && runs.has(run) ? run : ''}
      onChange={({ currentTarget }) => choose(currentTarget.value === '' ? undefined : currentTarget.value)}
    >
      <option value="">{`the latest of ${all.length} runs`}</option>
      {all.map((each, index) => (
        <option key={each.id} value={each.id}>
          {`${index + 1}: ${each.graph?.pipeline ?? each.id}, ${stateOf(each)}`}
        </option>
      ))}
    </select>
  );
}

function Tiles({ model, now }: { readonly model: Model; readonly now: ProgressMessage }): ComponentChildren {
  const rates = ratesOf(model.progress);
  const sum = (of: (output: ProgressMessage['outputs'][number]) => number): number =>
    now.outputs.filter(({ kept }) => kept !== true).reduce((total, output) => total + of(output), 0);
  const rate = now.outputs.reduce((total, { name }) => total + (rates.get(`output:${name}`) ?? 0), 0);
  const failed = sum((output) => output.failed);
  const retrying = sum((output) => output.retrying);
  const paused = sum((output) => output.paused ?? 0);
  const { report } = model;
  return (
    <dl class="tiles">
      <div>
        <dt>Rows into outputs</dt>
        <dd>{brief(sum(({ rows }) => rows))}</dd>
        <dd class="hint">
          {report === undefined
            ? `${brief(rate)} per second`
            : `${brief((report.rows * 1_000) / Math.max(1, report.elapsedMs))} per second, on average`}
        </dd>
      </div>
      <div>
        <dt>Written</dt>
        <dd>{bytes(sum(({ bytesWritten }) => bytesWritten))}</dd>
        <dd class="hint">
          {`${now.outputs.filter(({ state }) => state === 'done').length} of ${now.outputs.length} outputs done`}
        </dd>
      </div>
      <div class={failed > 0 || retrying > 0 || paused > 0 ? 'alarm' : ''}>
        <dt>Writes</dt>
        <dd>{`${brief(sum(({ active }) => active))} active`}</dd>
        <dd class="hint">
          {[
            `${brief(sum(({ prepared }) => prepared))} prepared`,
            ...(retrying > 0 ? [`${brief(retrying)} retrying`] : []),
            ...(paused > 0 ? [`${brief(paused)} waiting for room`] : []),
            ...(failed > 0 ? [`${brief(failed)} failed`] : []),
          ].join(' · ')}
        </dd>
      </div>
      <div>
        <dt>Queue: bytes held for writers</dt>
        <dd>{`${bytes(now.bytesHeld)} of ${bytes(now.bytesLimit)}`}</dd>
        <QueueBar now={now} />
      </div>
      <div>
        <dt>Memory of the process</dt>
        <dd>{bytes(now.memoryBytes)}</dd>
        <dd class="hint">
          {`at most ${bytes(model.progress.reduce((most, { memoryBytes }) => Math.max(most, memoryBytes), 0))}`}
        </dd>
      </div>
    </dl>
  );
}

/** What is held against the marks at which sources pause and go on. */
function QueueBar({ now }: { readonly now: ProgressMessage }): ComponentChildren {
  const { bytesHeld, bytesLimit, bytesHighWater, bytesLowWater } = now;
  const share = (value: number): number => Math.min(100, (100 * value) / Math.max(1, bytesLimit));
  return (
    <dd class="hint">
      <svg
        class={`queue ${bytesHeld >= bytesHighWater ? 'over' : ''}`}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        role="img"
        aria-label={`${bytes(bytesHeld)} held of ${bytes(bytesLimit)}`}
      >
        <rect class="track" width="100" height="8" />
        <rect class="fill" width={share(bytesHeld)} height="8" />
        <rect class="low" x={share(bytesLowWater) - 0.4} width="0.8" height="8" />
        <rect class="high" x={share(bytesHighWater) - 0.4} width="0.8" height="8" />
      </svg>
      {`sources pause at ${bytes(bytesHighWater)}, go on at ${bytes(bytesLowWater)}`}
    </dd>
  );
}
