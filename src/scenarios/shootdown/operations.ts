// SPDX-License-Identifier: GPL-2.0-only
/**
 * What CPU 0 does to P's memory: takes a page away, or the right to write to it, and relies on it when the system call has returned.
 */
import { load, store } from '../../../cpu/ops.ts';
import { violate, witness } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { FREED, kindOfSlot } from '../../../mmu/frames.ts';
import { slotOfWord } from '../../../mmu/phys-mem.ts';
import { NULL } from '../../../mmu/types.ts';
import { do_user_addr_fault, X86_PF_USER, X86_PF_WRITE } from '../../kernel/arch/x86/mm/fault/do_user_addr_fault.ts';
import { MADV_DONTNEED, MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { folio_trylock, folio_unlock } from '../../kernel/mm/filemap/folio_lock.ts';
import { do_madvise } from '../../kernel/mm/madvise/do_madvise.ts';
import { vm_mmap_pgoff } from '../../kernel/mm/mmap/do_mmap.ts';
import { vm_munmap } from '../../kernel/mm/mmap/do_munmap.ts';
import { do_mprotect } from '../../kernel/mm/mprotect/do_mprotect.ts';
import { folio_referenced } from '../../kernel/mm/rmap/folio_referenced.ts';
import { ADDRESS, frameOf, PAGE, PRESENT_PAGES, pageAddress } from '../collapse/world.ts';
import { NEW, type World } from './world.ts';

export const GIVEN_BACK = 'the page was given back';

export interface Operation {
  about: string;
  /** CPU 1 stores; otherwise it loads. */
  stores?: boolean;
  run(c: Vcpu, w: World): Code;
}

function* succeeds(c: Vcpu, call: string, ret: number): Code {
  if (ret !== 0) violate(c, 'check', `${call}: ${ret}`);
}

function noteGivenBack(c: Vcpu, w: World): void {
  if (kindOfSlot(c.m.mem, slotOfWord(c.m.mem, w.frame)) === FREED) witness(c, GIVEN_BACK);
}

function* munmap(c: Vcpu, w: World, page: number): Code {
  yield* succeeds(c, 'munmap', yield* vm_munmap(c, w.p, pageAddress(page), PAGE));
}

/** The second is when a policy that puts pages off looks at the first again. */
function* munmap_both(c: Vcpu, w: World): Code {
  for (const page of PRESENT_PAGES) yield* munmap(c, w, page);
  noteGivenBack(c, w);
}

export const operations = {
  dontneed: {
    about: 'MADV_DONTNEED of the page',
    *run(c, w) {
      yield* succeeds(c, 'MADV_DONTNEED', yield* do_madvise(c, w.p, ADDRESS, PAGE, MADV_DONTNEED));
      noteGivenBack(c, w);
    },
  },
  munmap: {
    about: 'munmap() of the page, and of another one behind it',
    *run(c, w) {
      yield* munmap_both(c, w);
    },
  },
  mprotect: {
    about: 'mprotect(PROT_READ) of the page',
    stores: true,
    *run(c, w) {
      yield* succeeds(c, 'mprotect', yield* do_mprotect(c, w.p, ADDRESS, PAGE, PROT_READ));
      const before = yield* load(c, w.frame);
      const after = yield* load(c, w.frame);
      if (before !== after) violate(c, 'check', 'the page changes when mprotect(PROT_READ) has returned');
    },
  },
  remap: {
    about: 'munmap(), mmap() at the same place, and a store there',
    *run(c, w) {
      yield* munmap(c, w, 0);
      yield* vm_mmap_pgoff(c, w.p, NULL, ADDRESS, PAGE, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, 0);
      yield* succeeds(c, 'a fault', yield* do_user_addr_fault(c, w.p, X86_PF_USER | X86_PF_WRITE, ADDRESS));
      yield* store(c, frameOf(w, w.p, 0), NEW);
      yield* store(c, w.remapped, 1);
    },
  },
  age: {
    about: 'the same, once reclaim has cleared A of the page',
    *run(c, w) {
      const page = w.pages[0]!;
      if (!(yield* folio_trylock(c, page))) violate(c, 'check', 'the page is locked');
      yield* folio_referenced(c, page);
      yield* folio_unlock(c, page);
      yield* munmap_both(c, w);
    },
  },
} as const satisfies Record<string, Operation>;

export const operationOf = (name: string): Operation => operations[name as keyof typeof operations];
