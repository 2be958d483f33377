// SPDX-License-Identifier: GPL-2.0-only
/**
 * The files that `paelab walk` reads: the state file, and an image of physical memory, of which only the entries on the way are read.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Entry } from '../explain/state.ts';
import { UsageError } from '../usage-error.ts';
import { entryAddressOf, hexPair } from './hex.ts';

export interface StateFile {
  /** As the user named it. */
  name: string;
  cr0?: string;
  cr3?: string;
  cr4?: string;
  efer?: string;
  ac?: boolean;
  maxphyaddr?: number;
  /** Entries by physical address. */
  memory: Map<number, Entry>;
}

const TYPES: Record<string, 'string' | 'boolean' | 'number' | 'object'> = {
  cr0: 'string',
  cr3: 'string',
  cr4: 'string',
  efer: 'string',
  ac: 'boolean',
  maxphyaddr: 'number',
  memory: 'object',
};

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

const article = { string: 'a text, such as "0x1000"', boolean: 'true or false', number: 'a number', object: 'an object' };

/** What the host says of a file, in one line. */
const said = (file: string, e: unknown): UsageError =>
  new UsageError(`${file}: ${(e as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (e as Error).message}`);

/** @throws UsageError naming the file and the field */
export function readStateFile(name: string): StateFile {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(name, 'utf8'));
  } catch (e) {
    throw said(name, e);
  }
  if (!isObject(json)) throw new UsageError(`${name}: it is no JSON object`);
  for (const [key, value] of Object.entries(json)) {
    const type = Object.hasOwn(TYPES, key) ? TYPES[key] : undefined;
    if (type === undefined) throw new UsageError(`${name}: no field '${key}'; known: ${Object.keys(TYPES).join(', ')}`);
    if (type === 'object' ? !isObject(value) : typeof value !== type) throw new UsageError(`${name}: ${key}: it must be ${article[type]}`);
  }
  const { memory = {}, ...registers } = json as Omit<StateFile, 'name' | 'memory'> & { memory?: Record<string, unknown> };
  return { ...registers, name, memory: entriesOf(name, memory) };
}

function entriesOf(name: string, memory: Record<string, unknown>): Map<number, Entry> {
  const entries = new Map<number, Entry>();
  for (const [key, value] of Object.entries(memory)) {
    const address = entryAddressOf(key, `${name}: memory`);
    const field = `${name}: memory at ${key}`;
    if (typeof value !== 'string') throw new UsageError(`${field}: it must be a text, such as "0x1'12345067"`);
    if (entries.has(address)) throw new UsageError(`${field}: it is given twice`);
    entries.set(address, hexPair(value, field));
  }
  return entries;
}

export interface Image {
  /** Null outside the image. */
  entryAt(address: number): Entry | null;
  close(): void;
}

/** @param base physical address of its first byte */
export function openImage(file: string, base: number): Image {
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (e) {
    throw said(file, e);
  }
  return {
    entryAt(address) {
      if (address < base) return null;
      const bytes = Buffer.alloc(8);
      try {
        if (readSync(fd, bytes, 0, 8, address - base) < 8) return null;
      } catch (e) {
        throw said(file, e);
      }
      return { lo: bytes.readInt32LE(0), hi: bytes.readInt32LE(4) };
    },
    close: () => closeSync(fd),
  };
}
