// SPDX-License-Identifier: GPL-2.0-only
/** The built command in a directory of its own: run as a user runs it, in a process, or in that of the tests, which saves the start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, inject, vi } from 'vitest';
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
  /** The same in this process; one at a time. */
  here(...args: string[]): Promise<Run>;
  /** Puts a file into `dir`. */
  write(name: string, code: string): void;
  /** A directory that has nothing to do with the project. */
  readonly dir: string;
  /** Where it is installed. */
  readonly home: string;
  /** Where it keeps things from one run to the next. */
  readonly kept: string;
}

/** For a test file: directories of its own, removed after its last test. */
export function command(): Command {
  const home = inject('builtCommand');
  const dir = mkdtempSync(join(tmpdir(), 'paelab-test-'));
  const kept = mkdtempSync(join(tmpdir(), 'paelab-kept-'));
  afterAll(() => {
    rmSync(dir, { recursive: true });
    rmSync(kept, { recursive: true });
  });
  const runWith: Command['runWith'] = (env, args, started) =>
    new Promise((resolve, reject) => {
      // Where colours and progress are wanted is part of what is tested: nothing of that is inherited.
      const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
      const p = spawn(process.execPath, [join(home, 'dist/paelab.js'), ...args], {
        cwd: dir,
        env: { ...inherited, CI: '1', XDG_CACHE_HOME: kept, ...env },
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
    kept,
    runWith,
    run: (...args) => runWith({}, args),
    async here(...args) {
      const { main } = (await import(join(home, 'dist/main.js'))) as { main: (args: string[]) => Promise<void> };
      const cwd = process.cwd();
      const said = { stdout: '', stderr: '' };
      const spies = (['stdout', 'stderr'] as const).map((name) =>
        vi.spyOn(process[name], 'write').mockImplementation((text) => {
          said[name] += text;
          return true;
        }),
      );
      vi.stubEnv('CI', '1');
      process.chdir(dir);
      try {
        await main(args);
        return { code: Number(process.exitCode ?? 0), ...said };
      } finally {
        process.chdir(cwd);
        vi.unstubAllEnvs();
        process.exitCode = undefined;
        for (const spy of spies) spy.mockRestore();
      }
    },
    write(name, code) {
      mkdirSync(dirname(join(dir, name)), { recursive: true });
      writeFileSync(join(dir, name), code);
    },
  };
}

/** A scenario file of the tests, as a user would have it. */
export const own = (name: string): string =>
  readFileSync(join(ROOT, 'test/cli/own', name), 'utf8').replace('// SPDX-License-Identifier: GPL-2.0-only\n', '');

/** In JavaScript, which needs no check of its types: for tests that are about something else. */
export const inJs = (code: string): string => {
  const { ESNext } = ts.ScriptTarget;
  return ts.transpileModule(code, { compilerOptions: { target: ESNext, module: ts.ModuleKind.ESNext } }).outputText;
};
export const ownInJs = (name: string): string => inJs(own(name));

export const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
