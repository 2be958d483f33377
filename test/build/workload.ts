// SPDX-License-Identifier: GPL-2.0-only
/**
 * A workload that never blocks, run to its end on one vCPU: a page table is retracted, another one comes back by UFFDIO_COPY, a huge mapping
 * comes and goes. Bundled once as it is and once erased; both must leave the same memory.
 */
import { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { createPhysMem } from '../../mmu/phys-mem.ts';
import { boot_cpu_on } from '../../src/kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { start_kernel } from '../../src/kernel/init/start_kernel.ts';
import { kernelOf } from '../../src/kernel/kernel.ts';
import { do_set_pmd, zap_huge_pmd } from '../../src/kernel/mm/memory/huge.ts';
import { unmap_mapping_pages } from '../../src/kernel/mm/memory/unmap_mapping_pages.ts';
import { mfill_atomic } from '../../src/kernel/mm/userfaultfd/mfill_atomic.ts';
import { ADDRESS, ANON_PAGE, buildWorld, HPAGE, tableFrames, type World } from '../../src/scenarios/retract/world.ts';
import { defaultKernel } from '../../src/scenarios/scenario.ts';

const config = { highpte: 'y', windows: '3' };

let w: World;

function* work(c: Vcpu): Code {
  const k = kernelOf(c);
  yield* k.fns.pmdp_get_lockless_sync(c);
  yield* k.fns.retract_page_tables(c, w.mapping, 0);
  if (yield* do_set_pmd(c, w.p, w.pmd, HPAGE)) yield* zap_huge_pmd(c, w.p, w.pmd, ADDRESS);
  yield* mfill_atomic(c, w.vma, ADDRESS, ANON_PAGE);
  yield* unmap_mapping_pages(c, w.mapping, 0);
}

/** Every word that is not 0, with its place, when the workload is over. */
export function memoryAfter(): string {
  const m = new Machine({ cpus: 1, callbacks: 1, interrupts: true, mem: createPhysMem(4096, 32) });
  const k = start_kernel(m, { ...defaultKernel, tableFrames: tableFrames(config, 1).slice(1) });
  m.boot((c) => {
    w = buildWorld(c, k, config, 1);
    boot_cpu_on(c, 0, w.p, false);
    return undefined;
  });
  m.boot(work);
  const words: string[] = [];
  m.mem.words.forEach((v, p) => {
    if (v !== 0) words.push(`${p}:${v >>> 0}`);
  });
  return words.join(' ');
}
