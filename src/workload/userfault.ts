// SPDX-License-Identifier: GPL-2.0-only
/**
 * userfaultfd() and UFFDIO_REGISTER of a workload's process, which keeps the descriptor until it exits. Reference: Linux v6.1 include/uapi/linux/userfaultfd.h.
 */
import { NULL } from '../../mmu/types.ts';
import { new_userfaultfd } from '../kernel/fs/userfaultfd/userfaultfd_ctx.ts';
import { userfaultfd_register } from '../kernel/fs/userfaultfd/userfaultfd_register.ts';
import { ENOMEM } from '../kernel/include/uapi/asm-generic/errno.ts';
import { PAGE_SIZE } from './address.ts';
import type { Process, World } from './world.ts';

const MODES: Readonly<Record<string, number>> = { missing: 1, wp: 2, minor: 4 };

/** @returns 0 or a negative errno */
export function registerUserfault(w: World, p: Process, at: number, pages: number, mode: string): number {
  const ctx = w.by(p, (c) => new_userfaultfd(c, p.mm));
  if (ctx === NULL) return -ENOMEM;
  p.userfaultfds.push(ctx);
  return w.by(p, (c) => userfaultfd_register(c, p.mm, ctx, at, pages * PAGE_SIZE, MODES[mode]!));
}
