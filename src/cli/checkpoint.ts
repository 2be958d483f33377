// SPDX-License-Identifier: GPL-2.0-only
/**
 * `--checkpoint FILE`: the state of a run of `check`, written now and then, so that a run that ended in any way, kill -9 included, goes on from there. The
 * file is replaced as a whole, and removed when there is nothing left to do.
 *
 *   paelab-checkpoint 1 KEY        one line; KEY is a hash of the plan, of the user's scenario files and of this very build
 *   deflated bytes                 ScheduleImage, by the structured clone algorithm of Node
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { deflateSync, inflateSync } from 'node:zlib';
import { UsageError } from '../usage-error.ts';
import type { PlannedCell } from './plan.ts';
import type { ScheduleImage } from './schedule.ts';

const FORMAT = 'paelab-checkpoint 1';

/** A tenth of the time is spent on saving at most, and at most so much is lost, in ms. */
const SOONEST = 200;
const LATEST = 10_000;

export class Checkpoint {
  private readonly file: string;
  private readonly key: string;
  private timer: NodeJS.Timeout | undefined;
  /** What an earlier run has left. */
  readonly image: ScheduleImage | undefined;

  /** @throws UsageError if the file is not of the same run */
  constructor(file: string, cells: readonly PlannedCell[]) {
    this.file = file;
    this.key = keyOf(cells);
    this.image = existsSync(file) ? this.read() : undefined;
  }

  private read(): ScheduleImage {
    const bytes = readFileSync(this.file);
    const end = bytes.indexOf('\n');
    const line = bytes.subarray(0, Math.max(end, 0)).toString('latin1');
    if (!line.startsWith(`${FORMAT} `))
      throw new UsageError(`${this.file}:1: not a checkpoint of this version of paelab: '${FORMAT} ...' is missing`);
    if (line !== `${FORMAT} ${this.key}`)
      throw new UsageError(`${this.file}:1: the checkpoint is of other cells, of other scenario files, or of another build of paelab`);
    try {
      return deserialize(inflateSync(bytes.subarray(end + 1))) as ScheduleImage;
    } catch {
      throw new UsageError(`${this.file}:2: the checkpoint is damaged`);
    }
  }

  /** @param save to be done now and then, until `end` */
  begin(save: () => Promise<void>): void {
    const from = performance.now();
    const next = (took: number): void => {
      const wait = Math.min(LATEST, Math.max(SOONEST, 9 * took, (performance.now() - from) / 10));
      this.timer = setTimeout(async () => {
        const begun = performance.now();
        await save();
        if (this.timer !== undefined) next(performance.now() - begun);
      }, wait);
    };
    next(0);
  }

  end(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  write(image: ScheduleImage): void {
    const fresh = `${this.file}.new`;
    writeFileSync(fresh, Buffer.concat([Buffer.from(`${FORMAT} ${this.key}\n`), deflateSync(serialize(image), { level: 1 })]));
    renameSync(fresh, this.file);
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }
}

function keyOf(cells: readonly PlannedCell[]): string {
  const hash = createHash('sha256');
  for (const { cell, target } of cells) {
    hash.update(JSON.stringify([cell.scenario.name, Object.entries(cell.config).sort(), cell.without]));
    if (target.module !== null) hash.update(readFileSync(target.module.path));
  }
  const here = new URL('.', import.meta.url);
  for (const name of readdirSync(here).sort()) if (name.endsWith('.js')) hash.update(readFileSync(new URL(name, here)));
  return hash.digest('hex');
}
