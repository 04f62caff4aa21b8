// Owns asking PySpark's own client what cases give, in one process for all of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { installSpark, sparkFile } from './install.js';

/** A value as `answers.py` writes it: with its type, and nothing lost. */
export type PythonValue =
  | null
  | boolean
  | string
  | { readonly i: string }
  | { readonly f: string }
  | { readonly d: string }
  | { readonly t: string }
  | { readonly day: string }
  | { readonly hex: string }
  | { readonly row: readonly (readonly [string, PythonValue])[] }
  | { readonly map: readonly (readonly [PythonValue, PythonValue])[] }
  | { readonly list: readonly PythonValue[] };

export interface PythonAnswer {
  readonly types?: readonly (readonly [string, string])[];
  readonly rows?: readonly PythonValue[];
  readonly error?: string;
}

interface Question {
  readonly url: string;
  readonly tables: Readonly<Record<string, string>>;
  readonly cases: readonly string[];
}

/** The answers in the order of the cases. */
export async function askPython(question: Question): Promise<PythonAnswer[]> {
  const { python } = await installSpark();
  const program = sparkFile('support/answers.py');
  const child = spawn(python, [program], {
    env: { ...process.env, TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out: Buffer[] = [];
  const problems: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => problems.push(bytes));
  child.stdin.end(JSON.stringify(question));
  const [code] = await once(child, 'close');
  const lines = Buffer.concat(out).toString().split('\n').filter(Boolean);
  if (code !== 0 || lines.length !== question.cases.length)
    throw new Error(
      `Python ended with ${code} after ${lines.length} of ${question.cases.length} cases:\n${Buffer.concat(problems).toString().slice(-4_000)}`,
    );
  // Written by answers.py in this form.
  return lines.map((line) => JSON.parse(line) as PythonAnswer);
}
