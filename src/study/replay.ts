// SPDX-License-Identifier: GPL-2.0-only
/**
 * A recording, event by event, at its times: each CPU has pages of one process of its own, and gives as many back as it flushed.
 */
import { cli, sti } from '../../cpu/interrupts.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../mmu/types.ts';
import { user_store } from '../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { enter_lazy_tlb, switch_mm_irqs_off } from '../kernel/arch/x86/mm/tlb/switch_mm.ts';
import { MADV_DONTNEED } from '../kernel/include/uapi/asm-generic/mman.ts';
import { do_madvise } from '../kernel/mm/madvise/do_madvise.ts';
import { PAGE_SIZE } from '../workload/address.ts';
import { mmap } from '../workload/syscalls.ts';
import type { BenchMachine } from './bench-machine.ts';
import type { Stopwatch } from './operations.ts';
import type { RecordedEvent, Recording } from './recording.ts';

const AT = 0x40000000;
/** Beyond the ceiling of 33: everything is flushed. */
const ALL_PAGES = 64;
const EACH = ALL_PAGES * PAGE_SIZE;

export class Replay {
  private readonly b: BenchMachine;
  private readonly recording: Recording;

  constructor(b: BenchMachine, recording: Recording) {
    this.b = b;
    this.recording = recording;
    mmap(b.world, b.process, AT, recording.cpus * ALL_PAGES, 'rw', false, NULL as Ptr, 0);
  }

  /** Until the last event is over. */
  run(watchOf: (cpu: number) => Stopwatch): void {
    const { engine } = this.b;
    const from = engine.clock[0]!;
    for (const e of this.recording.events) engine.start(e.cpu, this.code(e, watchOf(e.cpu)), from + e.at);
    engine.finish();
  }

  private code(e: RecordedEvent, watch: Stopwatch): (c: Vcpu) => Code {
    const { engine, process } = this.b;
    const { mm } = process;

    function* load(c: Vcpu): Code {
      engine.asleep[e.cpu] = 0;
      yield* cli(c);
      yield* switch_mm_irqs_off(c, NULL as Ptr, mm);
      yield* sti(c);
    }

    if (e.what === 'run') return load;
    if (e.what === 'idle')
      return function* (c) {
        yield* cli(c);
        yield* enter_lazy_tlb(c, mm);
        yield* sti(c);
        engine.asleep[e.cpu] = 1;
      };
    const pages = e.pages === 0 ? ALL_PAGES : e.pages;
    const at = AT + e.cpu * EACH;
    return function* (c) {
      yield* load(c);
      for (let i = 0; i < pages; i++) yield* user_store(c, mm, at + i * PAGE_SIZE, i);
      watch.begin();
      engine.spend(c, engine.tariff.terms.costs.syscall);
      yield* do_madvise(c, mm, at, pages * PAGE_SIZE, MADV_DONTNEED);
      watch.end();
    };
  }
}
