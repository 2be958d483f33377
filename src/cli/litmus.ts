// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab litmus`: the final states of litmus tests, as herd7 prints them.
 */
import { setImmediate } from 'node:timers/promises';
import { UsageError } from '../usage-error.ts';
import { HOLDS, INTERRUPTED, tell, USAGE, VIOLATED, worst } from './exit.ts';
import { litmusTests } from './litmus-files.ts';
import { fails, type LitmusResult, resultJson, resultOf, resultText } from './litmus-result.ts';

/** @returns the exit code */
export async function litmus(files: readonly string[], flags: { json?: boolean }): Promise<number> {
  const codes = [HOLDS];
  const results: LitmusResult[] = [];
  const errors: string[] = [];
  let interrupted = false;
  const onSigint = (): void => void (interrupted = true);
  process.once('SIGINT', onSigint); // a second one ends the process
  for (const file of files) {
    try {
      for await (const test of litmusTests(file)) {
        await setImmediate();
        if (interrupted) break;
        const result = resultOf(file, test);
        results.push(result);
        if (fails(result)) codes.push(VIOLATED);
        if (!flags.json) process.stdout.write(`${results.length > 1 ? '\n' : ''}${resultText(result)}`);
      }
    } catch (e) {
      // What is wrong with one file does not keep the others from being run.
      if (!(e instanceof UsageError)) throw e;
      errors.push(e.message);
      tell({ code: USAGE, text: e.message });
      codes.push(USAGE);
    }
  }
  process.off('SIGINT', onSigint);
  if (interrupted) codes.push(INTERRUPTED);
  if (flags.json) {
    const json = { schema: 'paelab/litmus', version: 1, complete: !interrupted, tests: results.map(resultJson), errors };
    process.stdout.write(`${JSON.stringify(json, null, 2)}\n`);
  }
  return worst(codes);
}
