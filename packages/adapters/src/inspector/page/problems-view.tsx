// Owns the list of what went wrong: each text in full, those that say the same once, with their number.
import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Model } from '../model/model.js';
import { groupsOf } from '../model/problem-groups.js';
import { count, duration } from './format.js';

export interface ProblemsProps {
  readonly model: Model;
  readonly choose: (id: string) => void;
}

export function ProblemsView({ model, choose }: ProblemsProps): ComponentChildren {
  const { problems, problemCount, from } = model;
  const groups = useMemo(() => groupsOf(problems), [problems]);
  if (groups.length === 0) return null;
  return (
    <section class="wide trouble">
      <h2>{`Retries and errors (${count(problemCount)})`}</h2>
      <ol class="problems">
        {groups.slice(0, 50).map(({ last, count: many, firstAt }) => (
          <li key={`${last.id} ${last.at} ${last.state}`}>
            <b class={`pill ${last.state}`}>{last.state}</b>
            <button type="button" onClick={() => choose(last.id)}>
              {last.name}
            </button>
            {many > 1 && <b>{`× ${count(many)}`}</b>}
            <time>
              {many > 1
                ? `${duration(firstAt - from)} to ${duration(last.at - from)}`
                : duration(last.at - from)}
            </time>
            <code>{last.code}</code>
            <pre>{last.text}</pre>
          </li>
        ))}
      </ol>
    </section>
  );
}
