// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine that page-walk vectors run on: one memory for all of them, emptied for each, and a new MMU for each.
 */
import { FETCH, IMPLICIT, READ, USER, WRITE } from '../../../mmu/access.ts';
import { CR0_CD, CR0_WP, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP } from '../../../mmu/control.ts';
import { NO_MEMORY } from '../../../mmu/fault.ts';
import { Mmu } from '../../../mmu/mmu.ts';
import { setAc, writeCr0, writeCr3, writeCr4, writeEfer } from '../../../mmu/mov-cr.ts';
import {
  backFrame,
  clearFrames,
  createSparseMem,
  frameOfSlot,
  PAGE_WORDS,
  type PhysMem,
  pfnOfSlot,
  slotOfWord,
} from '../../../mmu/phys-mem.ts';
import { Span } from '../../../mmu/span.ts';
import { FRAME_WORDS, type Pfn, type Ptr } from '../../../mmu/types.ts';
import type { Pair } from '../field.ts';
import type { Act, Mode, Operation, Outcome, Step, Toggle, WalkerRecord } from './record.ts';

const OBJECT_WORDS = 2;
const PAGE_BYTES = 4096;

/** Accesses that an operation makes, in their order; read-modify-writes are writes from the start. */
const ACCESSES: Record<Operation, readonly number[]> = {
  read: [READ],
  write: [WRITE],
  fetch: [FETCH],
  xadd: [WRITE],
  cmpxchg: [WRITE],
  add: [WRITE],
  ldtr: [IMPLICIT],
  ldtw: [IMPLICIT, IMPLICIT | WRITE],
};

const TOGGLES: Record<Toggle, readonly ['cr0' | 'cr4', number]> = {
  pge: ['cr4', CR4_PGE],
  pse: ['cr4', CR4_PSE],
  smep: ['cr4', CR4_SMEP],
  smap: ['cr4', CR4_SMAP],
  wp: ['cr0', CR0_WP],
  cd: ['cr0', CR0_CD],
};

/** Room for records of the usual size; made larger if one needs it. */
const FRAMES = 64;

function memoryOf(frames: number): PhysMem {
  return createSparseMem(new Int32Array(OBJECT_WORDS + frames * (PAGE_WORDS + FRAME_WORDS)), OBJECT_WORDS);
}

export class Machine {
  private mem = memoryOf(FRAMES);
  private mmu = new Mmu(this.mem);
  private span = new Span(this.mmu);

  /** With the control bits of the first step, and no page mapped. */
  begin(record: WalkerRecord): void {
    clearFrames(this.mem);
    // The PDPT, the frame of each entry, and two pages of each access.
    const frames = 1 + record.steps.reduce((n, s) => n + s.entries.length + 2, 0);
    if (frames > this.mem.pfns.length) this.mem = memoryOf(frames);
    this.mmu = new Mmu(this.mem, record.maxphyaddr);
    this.span = new Span(this.mmu);
    setControls(this.mmu, record.steps[0]!.mode);
  }

  run(step: Step, cr3: number): Outcome {
    for (const { address, value } of step.entries) {
      const at = this.wordAt(address);
      this.mem.words[at] = value.lo;
      this.mem.words[at + 1] = value.hi;
    }
    if (!setControls(this.mmu, step.mode) || !this.act(step.act, step.va, cr3)) return { k: 'gpcr' };
    return step.op === null ? { k: 'none' } : this.access(step.op, step);
  }

  entryAt(address: number): Pair {
    const at = this.wordAt(address);
    return { lo: this.mem.words[at]!, hi: this.mem.words[at + 1]! };
  }

  private wordAt(address: number): number {
    const slot = backFrame(this.mem, Math.floor(address / PAGE_BYTES) as Pfn);
    return frameOfSlot(this.mem, slot) + (address % PAGE_BYTES) / 4;
  }

  /** @returns false for #GP(0) */
  private act(act: Act, va: number, cr3: number): boolean {
    const { mmu } = this;
    if (act === 'none') return true;
    if (act === 'movcr3') return writeCr3(mmu, cr3);
    if (act === 'invlpg') {
      mmu.invlpg(va);
      return true;
    }
    const [register, bit] = TOGGLES[act];
    const before = mmu.regs[register];
    const write = register === 'cr0' ? writeCr0 : writeCr4;
    return write(mmu, before ^ bit) && write(mmu, before);
  }

  private access(op: Operation, { va, width, mode }: Step): Outcome {
    const { mmu, span } = this;
    for (const access of ACCESSES[op]) {
      if (span.locate(va, width, access | (mode.user && (access & IMPLICIT) === 0 ? USER : 0))) continue;
      const ec = mmu.takeFault();
      return ec === NO_MEMORY ? { k: 'no-memory' } : { k: 'pf', ec, cr2: mmu.regs.cr2 };
    }
    const pa = this.frameOf(span.first) + (va % PAGE_BYTES);
    return span.second === 0 ? { k: 'ok', pa } : { k: 'ok', pa, pa2: this.frameOf(span.second) };
  }

  /** Physical address of the frame that a word lies in. */
  private frameOf(at: number): number {
    return pfnOfSlot(this.mem, slotOfWord(this.mem, (at >>> 0) as Ptr)) * PAGE_BYTES;
  }
}

/** Writes the registers whose bits differ, and no other. @returns false for #GP(0) */
function setControls(mmu: Mmu, { cr0, cr4, efer, ac }: Mode): boolean {
  const { regs } = mmu;
  if (regs.efer !== efer) writeEfer(mmu, efer);
  if (regs.ac !== ac) setAc(mmu, ac);
  if (regs.cr0 !== cr0 && !writeCr0(mmu, cr0)) return false;
  return regs.cr4 === cr4 || writeCr4(mmu, cr4);
}
