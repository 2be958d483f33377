// SPDX-License-Identifier: GPL-2.0-only
/**
 * For the benchmark of collapses: functions of the kernel port that make up its phases tell whoever listens in globalThis.paelabPhases when they begin and
 * end. Kernel code may read no clock itself, so that this is added to the bundle. Each function listed runs once in a collapse, or once for each process.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @type {Record<string, string>} phase by function */
const PHASE_OF = {
  hpage_collapse_scan_pmd: 'scan',
  hpage_collapse_scan_file: 'scan',
  alloc_charge_hpage: 'allocate',
  __collapse_huge_page_isolate: 'isolate',
  take_pages: 'isolate',
  unhook_table: 'unmap and flush',
  tlb_remove_table_sync_one: 'sync',
  __collapse_huge_page_copy: 'copy',
  copy_small_pages: 'copy',
  __collapse_huge_page_copy_succeeded: 'release',
  retract_page_tables: 'retract',
  retract_page_tables_6_5: 'retract',
  finish: 'install',
  map_huge_page: 'install',
  collapse_huge_page: 'rest',
  collapse_file: 'rest',
};

/** @param {string} code a bundle @returns {string} */
export function withPhases(code) {
  return code.replace(
    /^function ([A-Za-z_0-9]+)\((c, .*)\) \{$/gm,
    (whole, /** @type {string} */ name, /** @type {string} */ parameters) => {
      // esbuild numbers the second one of a name.
      const phase = PHASE_OF[name] ?? PHASE_OF[name.replace(/\d+$/, '')];
      if (phase === undefined) return whole;
      const args = parameters.replace(/ = [^,]*/g, '');
      return [
        `function ${name}(${parameters}) {`,
        `  const listening = globalThis.paelabPhases;`,
        `  if (listening === undefined) return ${name}_unwatched(${args});`,
        `  listening.enter("${phase}");`,
        `  const result = ${name}_unwatched(${args});`,
        `  listening.leave();`,
        `  return result;`,
        `}`,
        `function ${name}_unwatched(${parameters}) {`,
      ].join(' ');
    },
  );
}

/** @returns {import('esbuild').Plugin} */
export function phasesPlugin() {
  return {
    name: 'phases',
    setup(build) {
      build.initialOptions.metafile = true;
      build.onEnd(async ({ metafile }) => {
        for (const output of Object.keys(metafile?.outputs ?? {}).filter((name) => /\.m?js$/.test(name))) {
          const path = join(build.initialOptions.absWorkingDir ?? '', output);
          await writeFile(path, withPhases(await readFile(path, 'utf8')));
        }
      });
    },
  };
}
