// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who else is at work on P's 2 MiB while they are collapsed, and what may be found there afterwards.
 */
import { poke, store } from '../../../cpu/ops.ts';
import { violate, witness } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { do_user_addr_fault, X86_PF_USER, X86_PF_WRITE } from '../../kernel/arch/x86/mm/fault/do_user_addr_fault.ts';
import { user_load, user_store } from '../../kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { enter_lazy_tlb } from '../../kernel/arch/x86/mm/tlb/switch_mm.ts';
import { do_truncate, vfs_fallocate } from '../../kernel/fs/open/vfs_fallocate.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE } from '../../kernel/include/linux/fs.ts';
import { local_irq_restore, local_irq_save } from '../../kernel/include/linux/irqflags.ts';
import { FOLL_WRITE } from '../../kernel/include/linux/mm/foll.ts';
import { page_address } from '../../kernel/include/linux/mm/page.ts';
import { folio_try_get } from '../../kernel/include/linux/page_ref.ts';
import { MADV_DONTNEED } from '../../kernel/include/uapi/asm-generic/mman.ts';
import { dup_mm } from '../../kernel/kernel/fork/dup_mm.ts';
import { mmput } from '../../kernel/kernel/fork/mmput.ts';
import { folio_trylock, folio_unlock } from '../../kernel/mm/filemap/folio_lock.ts';
import { get_user_pages_fast } from '../../kernel/mm/gup/get_user_pages_fast.ts';
import { do_madvise } from '../../kernel/mm/madvise/do_madvise.ts';
import { vm_munmap } from '../../kernel/mm/mmap/do_munmap.ts';
import { folio_referenced } from '../../kernel/mm/rmap/folio_referenced.ts';
import { put_page } from '../../kernel/mm/swap/put_page.ts';
import { mfill_atomic_copy } from '../../kernel/mm/userfaultfd/mfill_atomic_copy.ts';
import { folio_isolate_lru, folio_putback_lru } from '../../kernel/mm/vmscan/isolate_lru_page.ts';
import { ADDRESS, HOLE, HUGE, PAGE, pageAddress, storedIn, type World } from './world.ts';

/** What is stored meanwhile. */
export const NEW = 0x777;

export interface Party {
  about: string;
  comm: string;
  /** Whether its accesses are translated. */
  tlb?: boolean;
  run(c: Vcpu, w: World): Code;
  /**
   * Words that P may find in a page at the end, and a reader of the file if it is mapped shared; null: there is no page.
   * @default what it had stored
   */
  leaves?(page: number, ofFile: boolean): readonly (number | null)[];
  /** What it stores to a private mapping is in a copy: the file is unchanged. */
  copies?: boolean;
  /** Nothing is mapped at the end. */
  unmaps?: boolean;
}

/** What P finds where nobody has changed anything. */
export const unchanged = (page: number): readonly (number | null)[] => (page === HOLE ? [0, null] : [storedIn(page)]);

function* fault(c: Vcpu, w: World, page: number, code: number): Code {
  const signal = yield* do_user_addr_fault(c, w.p, code, pageAddress(page));
  if (signal !== 0) violate(c, 'check', `a fault at 0x${pageAddress(page).toString(16)} ends in signal ${signal}`);
}

function* expect(c: Vcpu, w: World, page: number, wanted: number): Code {
  const found = yield* user_load(c, w.p, pageAddress(page));
  if (c.out !== 0 || found !== wanted) violate(c, 'lost-page', `P reads 0x${found.toString(16)}, and 0x${wanted.toString(16)} is there`);
}

/** The file as programs find it: not in the scenarios of anonymous memory. */
const cut = (pages: number): Party['run'] =>
  function* (c, w) {
    yield* do_truncate(c, w.file, pages * PAGE);
  };

export const parties = {
  none: { about: 'nobody', comm: '-', *run() {} },
  'write-fault': {
    about: 'a write fault on a page that is not there',
    comm: 'P/2',
    run: (c, w) => fault(c, w, HOLE, X86_PF_USER | X86_PF_WRITE),
  },
  'read-fault': { about: 'a read fault on a page that is not there', comm: 'P/2', run: (c, w) => fault(c, w, HOLE, X86_PF_USER) },
  refault: {
    about: 'a read fault, on a page that is there',
    comm: 'P/2',
    run: (c, w) => fault(c, w, 0, X86_PF_USER),
  },
  load: {
    about: 'user code that loads a word twice',
    comm: 'P/2',
    tlb: true,
    *run(c, w) {
      yield* expect(c, w, 0, storedIn(0));
      yield* expect(c, w, 0, storedIn(0));
    },
  },
  store: {
    about: 'user code that stores a word, and loads it',
    copies: true,
    comm: 'P/2',
    tlb: true,
    *run(c, w) {
      yield* user_store(c, w.p, ADDRESS, NEW);
      yield* expect(c, w, 0, NEW);
    },
    leaves: (page) => (page === 0 ? [NEW] : unchanged(page)),
  },
  gup: {
    about: 'gup_fast, and a store to the page that it got',
    comm: 'P/2',
    *run(c, w) {
      const pages: Ptr[] = [];
      const got = yield* get_user_pages_fast(c, w.p, ADDRESS, 1, FOLL_WRITE, pages);
      if (got !== 1) violate(c, 'check', `get_user_pages_fast(): ${got}`);
      yield* store(c, page_address(c, pages[0]!), NEW);
      poke(c, w.pinned, pages[0]!);
    },
    leaves: (page) => (page === 0 ? [NEW] : unchanged(page)),
  },
  dontneed: {
    about: 'MADV_DONTNEED of all of it',
    comm: 'P/2',
    *run(c, w) {
      const ret = yield* do_madvise(c, w.p, ADDRESS, HUGE, MADV_DONTNEED);
      if (ret !== 0) violate(c, 'check', `MADV_DONTNEED: ${ret}`);
    },
    leaves: (page, ofFile) => (ofFile ? unchanged(page) : [0, null]),
  },
  'dontneed-page': {
    about: 'MADV_DONTNEED of one page',
    comm: 'P/2',
    *run(c, w) {
      yield* do_madvise(c, w.p, ADDRESS, PAGE, MADV_DONTNEED);
    },
    leaves: (page, ofFile) => (page === 0 && !ofFile ? [0, null] : unchanged(page)),
  },
  fork: {
    about: 'fork',
    comm: 'P/2',
    *run(c, w) {
      poke(c, w.child, yield* dup_mm(c, w.p));
    },
  },
  munmap: {
    about: 'munmap of all of it',
    comm: 'P/2',
    *run(c, w) {
      yield* vm_munmap(c, w.p, ADDRESS, HUGE);
    },
    unmaps: true,
  },
  exit: {
    about: "the exit of P's only thread",
    comm: 'P',
    *run(c, w) {
      const flags = yield* local_irq_save(c); // exit_mm()
      yield* enter_lazy_tlb(c, NULL);
      yield* local_irq_restore(c, flags);
      yield* mmput(c, w.p);
      poke(c, w.gone, 1);
    },
  },
  rmap: {
    about: 'reclaim, which looks whether a page has been used',
    comm: 'kswapd0',
    *run(c, w) {
      const page = w.pages[0]!;
      if (!(yield* folio_try_get(c, page))) return; // on the LRU list it may be found on its way out
      if (yield* folio_isolate_lru(c, page)) {
        if (yield* folio_trylock(c, page)) {
          yield* folio_referenced(c, page);
          yield* folio_unlock(c, page);
        }
        yield* folio_putback_lru(c, page);
      }
      yield* put_page(c, page);
    },
  },
  truncate: { about: 'truncation of the file to nothing', comm: 'truncate', run: cut(0), leaves: () => [null] },
  'truncate-page': {
    about: 'truncation of the file to its first page',
    comm: 'truncate',
    run: cut(1),
    leaves: (page) => (page === 0 ? unchanged(page) : [0, null]), // what cannot be split stays, zeroed
  },
  punch: {
    about: 'a hole punched where the first page is',
    comm: 'fallocate',
    *run(c, w) {
      yield* vfs_fallocate(c, w.file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, PAGE);
    },
    leaves: (page) => (page === 0 ? [0, null] : unchanged(page)),
  },
  uffd: {
    about: 'UFFDIO_COPY of a page that is not there',
    copies: true,
    comm: 'handler',
    *run(c, w) {
      const ret = yield* mfill_atomic_copy(c, w.userfault, pageAddress(HOLE), [w.pages[0]!]);
      if (ret === PAGE) witness(c, 'UFFDIO_COPY put a page in');
    },
    leaves: (page) => (page === HOLE ? [storedIn(0), 0, null] : unchanged(page)),
  },
} as const satisfies Record<string, Party>;

export type PartyName = keyof typeof parties;
export const partyOf = (name: string): Party => parties[name as PartyName];
