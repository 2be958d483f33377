// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab litmus`: the final states of litmus tests, as herd7 prints them.
 */
import { Tinypool } from 'tinypool';
import type { Outcomes } from '../litmus/outcomes.ts';
import { UsageError } from '../usage-error.ts';
import { INTERRUPTED, tell, USAGE, worst } from './exit.ts';
import { litmusTests } from './litmus-files.ts';
import { codeOf, type LitmusResult, resultJson, resultOf, resultText } from './litmus-result.ts';
import type { LitmusTask } from './litmus-task.ts';

/** @returns the exit code */
export async function litmus(files: readonly string[], flags: { json?: boolean }): Promise<number> {
  const results: LitmusResult[] = [];
  const errors: string[] = [];
  const stop = new SharedArrayBuffer(4);
  const word = new Int32Array(stop);
  const onSigint = (): void => void Atomics.store(word, 0, 1);
  process.once('SIGINT', onSigint); // a second one ends the process
  const pool = new Tinypool({ filename: new URL('./worker.js', import.meta.url).href, name: 'litmus', minThreads: 1, maxThreads: 1 });
  const runFile = async (file: string): Promise<void> => {
    for await (const test of litmusTests(file)) {
      if (word[0] !== 0) return;
      const outcomes = (await pool.run({ program: test.program, stop } satisfies LitmusTask)) as Outcomes;
      const result = resultOf(file, test, outcomes);
      results.push(result);
      if (!flags.json) process.stdout.write(`${results.length > 1 ? '\n' : ''}${resultText(result)}`);
    }
  };
  try {
    for (const file of files) {
      await runFile(file).catch((e: unknown) => {
        // What is wrong with one file does not keep the others from being run.
        if (!(e instanceof UsageError)) throw e;
        errors.push(e.message);
        tell({ code: USAGE, text: e.message });
      });
    }
  } finally {
    process.off('SIGINT', onSigint);
    await pool.destroy();
  }
  const interrupted = word[0] !== 0;
  if (flags.json) {
    const json = { schema: 'paelab/litmus', version: 1, complete: !interrupted, tests: results.map(resultJson), errors };
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }
  return worst([...results.map(codeOf), ...errors.map(() => USAGE), ...(interrupted ? [INTERRUPTED] : [])]);
}
