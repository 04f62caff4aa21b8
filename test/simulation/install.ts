// Owns the version of a target that was there before a world began: durable, with its manifest.
import { createHash } from 'node:crypto';
import { describeSchema } from '../../packages/core/src/batch/schema.js';
import type { StagedFile } from '../../packages/core/src/sink/sink.js';
import { encodeManifest } from '../../packages/core/src/store/manifest.js';
import type { Disk } from './disk.js';
import { manifestFile, type Target } from './observe.js';
import { isChosen, partOf, type RowChoice, rowOf, rowSchema } from './rows.js';

export function installVersion(disk: Disk, target: Target, by: string, choice: RowChoice): void {
  const folders: string[] = [];
  const makeFolder = (path: string): void => {
    if (disk.find(path) === undefined) {
      const above = path.slice(0, path.lastIndexOf('/'));
      if (above !== '') makeFolder(above);
      disk.mkdir(path, 0o755);
    }
    folders.push(path);
  };
  const put = (path: string, text: string): void => {
    makeFolder(path.slice(0, path.lastIndexOf('/')));
    const file = disk.create(path, 0o644);
    disk.write(file, Buffer.from(text));
    disk.sync(file);
  };

  const lines = new Map<string, string[]>();
  for (let n = 0; n < choice.rows; n += 1) {
    if (!isChosen(choice, n)) continue;
    const { part, ...rest } = rowOf(by, n, choice.textLength);
    const row = target.isPartitioned ? rest : { ...rest, part };
    const at = target.isPartitioned ? `part=${partOf(n)}/old.jsonl` : 'old.jsonl';
    lines.set(at, [...(lines.get(at) ?? []), `${JSON.stringify(row)}\n`]);
  }
  const slash = target.path.lastIndexOf('/') + 1;
  const name = target.path.slice(slash);
  const files: StagedFile[] = [];
  for (const [at, rows] of lines) {
    const text = rows.join('');
    put(target.kind === 'file' ? target.path : `${target.path}/${at}`, text);
    files.push({
      path: target.kind === 'file' ? name : at,
      rows: rows.length,
      bytes: text.length,
      checksum: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    });
  }
  const fields = rowSchema.fields.filter((field) => !target.isPartitioned || field.name !== 'part');
  const manifest = encodeManifest({
    version: 1,
    runId: by,
    output: 'earlier',
    format: 'lines',
    schema: describeSchema(target.isPartitioned ? { fields: [...rowSchema.fields] } : { fields }),
    partitionBy: target.isPartitioned ? ['part'] : [],
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    files,
  });
  put(
    target.kind === 'directory'
      ? `${target.path}/${manifestFile}`
      : `${target.path.slice(0, slash)}.${name}.manifest.json`,
    manifest,
  );
  for (const folder of folders) disk.sync(disk.at(folder));
  disk.sync(disk.root);
}
