// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who may refer to the memory of a world: its processes, its files, and what pipes hold. What nobody of them has is lost.
 */
import type { Ptr } from '../../mmu/types.ts';
import type { Roots } from '../invariants/audit.ts';
import { file, inode, mm_struct, vm_area_struct } from '../kernel/include/linux/mm_types.ts';
import type { World } from './world.ts';

export function rootsOf(w: World): Roots {
  const { words } = w.m.mem;
  const living = [...w.processes.values()].filter((p) => p.alive);
  const mms = [...living.map(({ mm, name }) => ({ mm, name })), ...w.others];
  const files = new Map<Ptr, string>();
  for (const f of w.files.values()) files.set(words[words[f.file + file.f_inode]! + inode.i_mapping]! as Ptr, f.name);
  for (const { mm, name } of mms) {
    for (let vma = words[mm + mm_struct.mmap]!; vma !== 0; vma = words[vma + vm_area_struct.vm_next]!) {
      const of = words[vma + vm_area_struct.vm_file]!;
      const mapping = of === 0 ? 0 : words[words[of + file.f_inode]! + inode.i_mapping]!;
      if (mapping !== 0 && !files.has(mapping as Ptr)) files.set(mapping as Ptr, `a file of ${name}'s`);
    }
  }
  return { mms, files: [...files].map(([mapping, name]) => ({ mapping, name })), held: living.flatMap((p) => p.pinned) };
}
