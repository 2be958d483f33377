// SPDX-License-Identifier: GPL-2.0-only
/** The programs of translation-programs.ts on the machine under test. */
import { ghostName } from '../../cpu/ghost-name.ts';
import { cli, sendIpi, sendIpiX2apic, sti } from '../../cpu/interrupts.ts';
import { Machine } from '../../cpu/machine.ts';
import { load, mfence, rmw, store, store64, xchg64 } from '../../cpu/ops.ts';
import { XCHG } from '../../cpu/rmw.ts';
import { invlpg, loadLinear, storeLinear, writeCr3 } from '../../cpu/translate.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { USER } from '../../mmu/access.ts';
import { CR4_PGE } from '../../mmu/control.ts';
import { ACCESSED, PRESENT, pfnLow } from '../../mmu/entry.ts';
import { NO_FAULT } from '../../mmu/fault.ts';
import { ANON, KERNEL, PMD_TABLE, PTE_TABLE, setFrame } from '../../mmu/frames.ts';
import { writeWord } from '../../mmu/journal.ts';
import { allocObject, backFrame, createPhysMem, frameOfSlot } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { FAULTED, FRAMES, REGISTERS, TABLES, type TranslationOp, type TranslationProgram, WORDS } from './translation-programs.ts';

/** Frame of the PDPT. */
export const PDPT = 0x20;
const DIRECTORY = 0x21;

function* step(c: Vcpu, o: TranslationOp, regs: number[], at: readonly Ptr[]): Code {
  switch (o.op) {
    case 'store':
      return yield* store(c, at[o.w]!, o.v);
    case 'store64':
      return yield* store64(c, at[o.w]!, o.lo, o.hi);
    case 'load':
      regs[o.r] = yield* load(c, at[o.w]!);
      return;
    case 'xchg':
      regs[o.r] = yield* rmw(c, at[o.w]!, XCHG, o.v);
      return;
    case 'xchg64':
      yield* xchg64(c, at[o.w]!, o.lo, o.hi);
      return;
    case 'read':
    case 'write': {
      const privilege = o.user ? USER : 0;
      let value = 0;
      if (o.op === 'read') value = yield* loadLinear(c, o.page << 12, privilege);
      else yield* storeLinear(c, o.page << 12, privilege, o.v);
      regs[o.r] = c.fault === NO_FAULT ? value : FAULTED + c.fault;
      return;
    }
    case 'invlpg':
      return yield* invlpg(c, o.page << 12);
    case 'movCr3':
      return yield* writeCr3(c, pfnLow(PDPT as Pfn));
    case 'fence':
      return yield* mfence(c);
    case 'cli':
      return yield* cli(c);
    case 'sti':
      return yield* sti(c);
    case 'ipi':
      return yield* sendIpi(c, o.to, 0);
    case 'ipiX2apic':
      return yield* sendIpiX2apic(c, o.to, 0);
  }
}

function* run(c: Vcpu, ops: readonly TranslationOp[], regs: number[], at: readonly Ptr[]): Code {
  regs.fill(0);
  for (const o of ops) yield* step(c, o, regs, at);
}

/** Entries that may hold, at some time, P without A. */
function unaccessed(program: TranslationProgram): number[] {
  const clear = (v: number): boolean => (v & (PRESENT | ACCESSED)) === PRESENT;
  const all = [...program.cpus, ...(program.handlers ?? [])].flat();
  const stores = (w: number): boolean =>
    all.some((o) =>
      o.op === 'store' || o.op === 'xchg' ? o.w === w && clear(o.v) : (o.op === 'store64' || o.op === 'xchg64') && o.w === w && clear(o.lo),
    );
  return [8, 10, 12, 14, 16].filter((w) => clear(program.init[w]!) || stores(w));
}

export interface BuiltTranslation {
  m: Machine;
  /** Where the words lie. */
  at: readonly Ptr[];
  state(): string;
}

const isAccess = ({ op }: TranslationOp): boolean => op === 'read' || op === 'write';

/** @param anywhere every vCPU may walk, those that never do too; @param invlpgb some use that instruction */
export function buildTranslation(program: TranslationProgram, anywhere = false, invlpgb = false): BuiltTranslation {
  const cpus = program.cpus.length;
  const mem = createPhysMem(128, 12);
  const watched = unaccessed(program);
  const walkers = program.cpus.flatMap((ops, cpu) => (anywhere || ops.some(isAccess) ? [cpu] : []));
  const m = new Machine({
    cpus,
    callbacks: 0,
    interrupts: program.handlers !== null,
    tlb: walkers,
    speculation: watched.length,
    invlpgb,
    mem,
  });
  const frame = (pfn: number, kind: number): Ptr => {
    const slot = backFrame(mem, pfn as Pfn);
    setFrame(mem, slot, kind, NULL, 0);
    return frameOfSlot(mem, slot);
  };
  const flags = allocObject(mem, 2);
  const at: Ptr[] = [flags, (flags + 1) as Ptr, ...FRAMES.map((pfn) => frame(pfn, ANON))];
  for (const t of TABLES) {
    const table = frame(t, PTE_TABLE);
    for (let i = 0; i < 4; i++) at.push((table + i) as Ptr);
  }
  const directory = frame(DIRECTORY, PMD_TABLE);
  at.push(directory, (directory + 1) as Ptr);
  const pdpt = frame(PDPT, KERNEL);
  m.watched = watched.map((w) => at[w]!);
  m.nameOf = (p) => (at.includes(p) ? `word ${at.indexOf(p)}` : ghostName(m, p));
  const registers = Array.from({ length: 2 * cpus }, () => new Array<number>(REGISTERS).fill(0));
  m.programs = program.cpus.map((ops, i) => [
    (c) => {
      registers[cpus + i]!.fill(0);
      return run(c, ops, registers[i]!, at);
    },
  ]);
  if (program.handlers !== null) m.handler = (c) => run(c, program.handlers![c.id]!, registers[cpus + c.id]!, at);
  m.boot(function* () {
    writeWord(mem, pdpt, pfnLow(DIRECTORY as Pfn) | PRESENT);
    for (let w = 0; w < WORDS; w++) writeWord(mem, at[w]!, program.init[w]!);
    for (const tlb of m.tlbs) {
      if (program.global) tlb.regs.cr4 |= CR4_PGE;
      tlb.loadCr3(pfnLow(PDPT as Pfn));
    }
  });
  return { m, at, state: () => JSON.stringify([registers, at.map((p) => mem.words[p]! >>> 0)]) };
}
