// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lines of a vector file, as it is read: gzip is told by its first bytes, whatever the file is called.
 */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { UsageError } from '../usage-error.ts';

const GZIP = Buffer.from([0x1f, 0x8b]);

/** @throws UsageError for a file that cannot be read, or is damaged */
export async function* linesOf(file: string): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const chunk of textOf(file)) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    // Of this process's own, nothing but reading throws here: what the consumer throws does not come this way.
    throw new UsageError(`${file}: ${code?.startsWith('Z_') === true ? `damaged gzip (${message})` : `cannot be read (${message})`}`);
  }
  if (rest !== '') yield rest;
}

async function* textOf(file: string): AsyncGenerator<string> {
  const raw = createReadStream(file);
  await once(raw, 'readable');
  const head = raw.read(GZIP.length) as Buffer | null;
  if (head !== null) raw.unshift(head);
  const zipped = file.endsWith('.gz') || head?.equals(GZIP) === true;
  // The error of a pipeline reaches the loop over its last stream.
  const bytes = zipped ? pipeline(raw, createGunzip(), () => {}) : raw;
  yield* bytes.setEncoding('utf8') as AsyncIterable<string>;
}
