// SPDX-License-Identifier: GPL-2.0-only
/** The lock of one VMA: who has it, and who holds mmap_lock and has marked the VMA, keep each other out; the mark ends with mmap_lock. Time budget: 3 s. */
import { expect, test } from 'vitest';
import { load, peek, poke } from '../../../cpu/ops.ts';
import { witness } from '../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { writeWord } from '../../../mmu/journal.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { vma_end_read, vma_start_read, vma_start_write } from '../../../src/kernel/include/linux/mm/vma_lock.ts';
import { mm_struct, vm_area_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../../src/kernel/include/linux/mmap_lock.ts';
import { newObject } from '../../../src/kernel/kernel.ts';
import { at } from '../../../src/kernel/struct.ts';
import { type Bench, bench, run } from '../support.ts';

function withVma(): { b: Bench; mm: Ptr; vma: Ptr } {
  let mm = 0 as Ptr;
  let vma = 0 as Ptr;
  const b = bench({
    setup: ({ k, m }) => {
      mm = newObject(k, mm_struct, 'mm');
      vma = newObject(k, vm_area_struct, 'vma');
      writeWord(m.mem, at(vma, vm_area_struct.vm_mm), mm);
      writeWord(m.mem, at(vma, vm_area_struct.vm_lock_seq), -1);
    },
  });
  return { b, mm, vma };
}

/** A fault that does without mmap_lock. */
function* reader(c: Vcpu, b: Bench, vma: Ptr): Code {
  if (!(yield* vma_start_read(c, vma))) {
    witness(c, 'goes to mmap_lock');
    return;
  }
  witness(c, peek(c, b.x) === 0 ? 'comes first' : 'comes later');
  poke(c, b.y, peek(c, b.x));
  yield* vma_end_read(c, vma);
}

function* writer(c: Vcpu, b: Bench, mm: Ptr, vma: Ptr, marks: boolean): Code {
  yield* mmap_write_lock(c, mm);
  if (marks) yield* vma_start_write(c, vma);
  poke(c, b.x, 1);
  yield* load(c, b.z);
  yield* mmap_write_unlock(c, mm);
}

test('a reader comes first, comes later, or is sent away; none meets a writer', () => {
  const { b, mm, vma } = withVma();
  const { violations, witnesses } = run(
    b,
    (c) => writer(c, b, mm, vma, true),
    (c) => reader(c, b, vma),
  );
  expect(violations).toEqual([]);
  expect([...witnesses].sort()).toEqual(['comes first', 'comes later', 'goes to mmap_lock']);
});

test('a writer that does not mark the VMA races with it', () => {
  const { b, mm, vma } = withVma();
  expect(
    run(
      b,
      (c) => writer(c, b, mm, vma, false),
      (c) => reader(c, b, vma),
    ).violations,
  ).toEqual(['data-race']);
});
