// SPDX-License-Identifier: GPL-2.0-only
/** The built command, made afresh for a test file, and run as a user runs it: in a process and a directory of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll } from 'vitest';
import { bundle } from '../../src/build/bundle.mjs';
import { ROOT } from '../../src/build/erase.mjs';

export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Command {
  /** Runs it in `dir` to its end. */
  run(...args: string[]): Promise<Run>;
  /** The same with more environment; `started` is told of the process. */
  runWith(env: Record<string, string>, args: string[], started?: (p: ChildProcess) => void): Promise<Run>;
  /** Puts a file into `dir`. */
  write(name: string, code: string): void;
  /** A directory that has nothing to do with the project. */
  readonly dir: string;
  /** Where it is installed. */
  readonly home: string;
}

/** For a test file: builds before its first test, removes after its last. */
export function command(): Command {
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const home = mkdtempSync(join(cache, 'paelab-cli-'));
  const dir = mkdtempSync(join(tmpdir(), 'paelab-test-'));
  beforeAll(async () => {
    copyFileSync(join(ROOT, 'package.json'), join(home, 'package.json'));
    for (const sources of ['src', 'cpu', 'mmu']) symlinkSync(join(ROOT, sources), join(home, sources)); // for the types of users' files
    await bundle(join(home, 'dist'));
  });
  afterAll(() => {
    rmSync(home, { recursive: true });
    rmSync(dir, { recursive: true });
  });
  const runWith: Command['runWith'] = (env, args, started) =>
    new Promise((resolve, reject) => {
      // Where colours and progress are wanted is part of what is tested: nothing of that is inherited.
      const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
      const p = spawn(process.execPath, [join(home, 'dist/paelab.js'), ...args], {
        cwd: dir,
        env: { ...inherited, CI: '1', XDG_CACHE_HOME: join(home, 'kept'), ...env },
      });
      let stdout = '';
      let stderr = '';
      p.stdout.on('data', (d: Buffer) => (stdout += d.toString()));
      p.stderr.on('data', (d: Buffer) => (stderr += d.toString()));
      p.on('error', reject);
      p.on('close', (code) => resolve({ code, stdout, stderr }));
      started?.(p);
    });
  return {
    dir,
    home,
    runWith,
    run: (...args) => runWith({}, args),
    write(name, code) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), code);
    },
  };
}

/** A scenario file of the tests, as a user would have it. */
export const own = (name: string): string =>
  readFileSync(join(ROOT, 'test/cli/own', name), 'utf8').replace('// SPDX-License-Identifier: GPL-2.0-only\n', '');

/** The same in JavaScript, which needs no check of its types: for tests that are about something else. */
export const ownInJs = (name: string): string => {
  const { ESNext } = ts.ScriptTarget;
  return ts.transpileModule(own(name), { compilerOptions: { target: ESNext, module: ts.ModuleKind.ESNext } }).outputText;
};

export const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
