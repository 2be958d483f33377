// SPDX-License-Identifier: GPL-2.0-only
/**
 * What /proc says of the processes and stat of the files, read out of memory: VMAs, page tables, pages. A report, so that nothing is locked and
 * nothing is counted.
 *
 * Reference: Linux v6.1 fs/proc/task_mmu.c (pagemap, smaps), fs/proc/page.c (kpageflags, kpagecount).
 */
import type { Ptr } from '../../mmu/types.ts';
import { RAMFS } from '../kernel/include/linux/fs.ts';
import { VM_EXEC, VM_MAYSHARE, VM_READ, VM_WRITE, vm_flags_names } from '../kernel/include/linux/mm/vm_flags.ts';
import { address_space, file, inode, mm_struct, super_block, vm_area_struct } from '../kernel/include/linux/mm_types.ts';
import { addressText, PAGE_SIZE } from './address.ts';
import { PageRuns } from './page-runs.ts';
import type { FileSnap, ProcessSnap, VmaSnap } from './result.ts';
import type { OpenFile, Process, World } from './world.ts';

export function snapProcess(w: World, p: Process, names: Map<number, string>): ProcessSnap {
  const { words } = w.m.mem;
  const field = (at: Ptr, offset: number): number => words[at + offset]! >>> 0;
  const tables = field(p.mm, mm_struct.pgtables_bytes);
  p.tables ??= tables;
  const vmas: VmaSnap[] = [];
  for (let vma = field(p.mm, mm_struct.mmap) as Ptr; vma !== 0; vma = field(vma, vm_area_struct.vm_next) as Ptr) {
    const start = field(vma, vm_area_struct.vm_start);
    const end = field(vma, vm_area_struct.vm_end);
    const flags = field(vma, vm_area_struct.vm_flags);
    const runs = new PageRuns(w, p.mm, names);
    runs.walk(start, end);
    vmas.push({
      at: addressText(start),
      n: (end - start) / PAGE_SIZE,
      perm: protectionText(flags),
      pgoff: field(vma, vm_area_struct.vm_file) === 0 ? 0 : field(vma, vm_area_struct.vm_pgoff),
      Rss: runs.present * 4,
      AnonHugePages: runs.anonHuge * 2048,
      ShmemPmdMapped: runs.fileHuge * 2048,
      VmFlags: vm_flags_names(flags),
      pages: runs.result(),
    });
  }
  const locked = field(p.mm, mm_struct.locked_vm);
  return {
    p: p.name,
    VmPTE: tables / 1024,
    dPTE: (tables - p.tables) / 1024,
    ...(locked > 0 && { VmLck: locked * 4 }),
    vmas,
  };
}

/** "rw-p" */
function protectionText(flags: number): string {
  const letter = (bit: number, text: string): string => ((flags & bit) !== 0 ? text : '-');
  return `${letter(VM_READ, 'r')}${letter(VM_WRITE, 'w')}${letter(VM_EXEC, 'x')}${(flags & VM_MAYSHARE) !== 0 ? 's' : 'p'}`;
}

export function snapFile(w: World, f: OpenFile): FileSnap {
  const { words } = w.m.mem;
  const node = words[f.file + file.f_inode]!;
  const mapping = words[node + inode.i_mapping]!;
  const sb = words[node + inode.i_sb]!;
  const ramfs = sb !== 0 && words[sb + super_block.s_type] === RAMFS;
  const size = (words[node + inode.i_size]! >>> 0) + words[node + inode.i_size + 1]! * 0x100000000;
  return { file: f.name, size, pages: ramfs ? words[mapping + address_space.nrpages]! : words[node + inode.alloced]! };
}
