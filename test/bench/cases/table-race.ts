// Owns a race over the synthetic table in one form of file: every contender writes it, every file is read back.
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TableForm, TableOptions, TableRound } from '../contenders/table/contest.js';
import { eventChecks } from '../data/event-checks.js';
import type { BenchContext } from '../harness/bench-case.js';
import type { RoundReport } from '../harness/contender.js';
import { type Lane, race } from '../harness/race.js';
import { type Facts, quoted, type Reader } from '../harness/read-back.js';
import { syncSeconds } from '../harness/sync-file.js';

export interface TableContender {
  readonly name: string;
  /** In contenders/table. */
  readonly module: string;
  readonly options?: Pick<TableOptions, 'engine' | 'parquetVersion'>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface TableRace {
  readonly rows: number;
  readonly rounds: number;
  readonly form: TableForm;
  readonly contenders: readonly TableContender[];
  readonly facts: Facts;
}

export interface TableReports {
  readonly reports: ReadonlyMap<string, readonly RoundReport[]>;
  /** Bytes of the file of each contender. */
  readonly fileBytes: ReadonlyMap<string, number>;
  /** Seconds that syncing the file took afterwards. */
  readonly syncs: ReadonlyMap<string, readonly number[]>;
}

export async function raceTables(
  { folder, signal, progress }: BenchContext,
  reader: Reader,
  { rows, rounds, form, contenders, facts }: TableRace,
): Promise<TableReports> {
  const fileBytes = new Map<string, number>();
  const syncs = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  let file = 0;
  const lanes: Lane<TableRound>[] = [];
  for (const { name, module, options: settings = {}, env = {} } of contenders) {
    const scratch = join(folder, `scratch-${lanes.length}`);
    await mkdir(scratch, { recursive: true });
    const options: TableOptions = { rows, folder: scratch, ...settings };
    lanes.push({
      name,
      module: new URL(`../contenders/table/${module}.js`, import.meta.url),
      options,
      env,
      input() {
        file += 1;
        return { path: join(folder, `${module}-${file}${extensionOf(form)}`), form };
      },
      async after(_, { path }) {
        syncs.get(name)?.push(await syncSeconds(path));
        await reader.compare(name, fileAsTable(path, form), eventChecks, facts);
        fileBytes.set(name, (await stat(path)).size);
        await rm(path);
      },
    });
  }
  return { reports: await race(lanes, { rounds, warmUps: 2, signal, progress }), fileBytes, syncs };
}

function extensionOf(form: TableForm): string {
  return form.kind === 'parquet' ? '.parquet' : `.${form.kind}${form.gzip ? '.gz' : ''}`;
}

/** The types are given: a reader that guesses would hide a writer's mistakes. */
const columns =
  "{'id': 'BIGINT', 'ts': 'TIMESTAMP', 'noise': 'DOUBLE', 'value': 'DOUBLE', 'price': 'DOUBLE', 'rate': 'DOUBLE', 'agent': 'VARCHAR', 'region': 'VARCHAR'}";

function fileAsTable(path: string, { kind }: TableForm): string {
  switch (kind) {
    case 'parquet':
      return `read_parquet(${quoted(path)})`;
    case 'csv':
      return `read_csv(${quoted(path)}, header = true, columns = ${columns})`;
    case 'ndjson':
      return `read_json(${quoted(path)}, format = 'newline_delimited', columns = ${columns})`;
  }
}
