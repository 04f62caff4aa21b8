// The table of metrics as OpenTelemetry's and Prometheus' rules for names have it, and as the guide prints it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attribute } from '../opentelemetry/attributes.js';
import { prometheusName } from '../prometheus/instruments.js';
import { attributeNames, definitionOf, metricNames } from './definitions.js';
import { createSeries } from './series.js';

describe('the metrics', () => {
  it('have names and units by the rules', () => {
    for (const name of metricNames) {
      const definition = definitionOf(name);
      expect(name).toMatch(/^tailrace(\.[a-z][a-z_]*)+$/);
      expect(definition.unit).toMatch(/^(s|By|\{[a-z]+\})$/);
      expect(prometheusName(name, definition)).toMatch(/^tailrace_[a-z_]+$/);
      expect(prometheusName(name, definition).endsWith('_total')).toBe(definition.kind === 'counter');
    }
    expect(prometheusName('tailrace.output.io', { unit: 'By', kind: 'counter' })).toBe(
      'tailrace_output_io_bytes_total',
    );
  });

  it('have attributes of which none is the namespace of another, nor has the name of one', () => {
    const names = [...new Set([...Object.values(attributeNames), ...Object.values(attribute)])];
    const within = names.flatMap((name) =>
      names.filter((other) => other.startsWith(`${name}.`)).map((other) => `${other} within ${name}`),
    );
    expect(within).toEqual([]);
    expect(names).toContain('tailrace.attempt.phase.duration');
  });

  it('stand in the guide, all of them', () => {
    const guide = readFileSync(new URL('../../../../../docs/guides/telemetry.md', import.meta.url), 'utf8');
    for (const name of metricNames) {
      const definition = definitionOf(name);
      const { unit, labels } = definition;
      const row = `| \`${name}\` | \`${unit}\` | \`${prometheusName(name, definition)}\` | ${labels.join(', ')} |`;
      expect(guide).toContain(row);
    }
  });
});

describe('series', () => {
  it('are told apart up to a number, and stay what they were', () => {
    const series = createSeries(2);
    expect(['a', 'b', 'c', 'a'].map((part) => series.part('p', part).part)).toEqual([
      'a',
      'b',
      '(other)',
      'a',
    ]);
    expect(['p', 'q', 'r'].map((name) => series.pipeline(name).pipeline)).toEqual(['p', 'q', '(other)']);
  });
});
