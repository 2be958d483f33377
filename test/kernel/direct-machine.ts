// SPDX-License-Identifier: GPL-2.0-only
/** A machine with memory management up, on which code runs directly: for tests of single functions of mm. */
import { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { EFER_NXE } from '../../mmu/control.ts';
import { writeEfer } from '../../mmu/mov-cr.ts';
import { createSparseMem } from '../../mmu/phys-mem.ts';
import { runDirect } from '../../src/engines/direct.ts';
import { handle_interrupt } from '../../src/kernel/arch/x86/kernel/irq/handle_interrupt.ts';
import { boot_cpu_on } from '../../src/kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
import { mm_init } from '../../src/kernel/init/mm_init.ts';
import { start_kernel } from '../../src/kernel/init/start_kernel.ts';
import type { Kernel, KernelConfig } from '../../src/kernel/kernel.ts';

export interface DirectMachine {
  m: Machine;
  k: Kernel;
  run<T>(code: (c: Vcpu) => Code<T>, cpu?: number): T;
}

/** @param megabytes how much may be touched; @param bytes RAM that the kernel sees; @param swap bytes of the swap device */
export function directMachine(config: Partial<KernelConfig> = {}, megabytes = 96, bytes = 1 << 30, swap = 0): DirectMachine {
  const mem = createSparseMem(new Int32Array(megabytes << 18), 1 << 20);
  const m = new Machine({ cpus: 2, callbacks: 64, interrupts: true, mmu: true, mem });
  m.startDirect();
  m.handler = handle_interrupt;
  for (const mmu of m.mmus) writeEfer(mmu, EFER_NXE);
  const k = start_kernel(m, {
    highpte: true,
    paravirt: true,
    flush: 'native',
    sync: 'under-lock',
    release: '6.6',
    tableFrames: [],
    ...config,
  });
  mm_init(k, { bytes, swap });
  for (let cpu = 0; cpu < 2; cpu++) boot_cpu_on(m.contexts[cpu]!, cpu, k.init_mm, false);
  return { m, k, run: (code, cpu = 0) => runDirect(m, cpu, code) };
}
