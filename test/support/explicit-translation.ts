// SPDX-License-Identifier: GPL-2.0-only
/**
 * An oracle for machines with TLBs: every final state of a program on page tables, by a search with a set of visited states. CPUs with a FIFO store
 * buffer, one memory, interrupts as in explicit-state.ts; and each CPU has a TLB, a set of complete translations, and a PDE cache, which it may fill
 * at any time by a walk through its own store buffer, and drop from at any time.
 *
 * Nothing that is allowed becomes forbidden when a CPU knows more translations, and a fill changes nothing else: so it is enough that every CPU fills
 * in at once all that it can, and drops nothing by itself. With `literal` fills and drops are steps of their own, one by one; that this makes no
 * difference is tested.
 *
 * Reference: Intel SDM Vol. 3A 4.4.2, 4.6, 4.7, 4.8, 4.10.2 to 4.10.4; Sewell et al., "x86-TSO" (CACM 2010), section 3.
 */
import { AGAIN, fillable, known, type Midway, type Outcome, outcomes, type Translations } from './slow-translation.ts';
import { FAULTED, FRAMES, PDE, REGISTERS, type TranslationOp, type TranslationProgram, WORDS } from './translation-programs.ts';

interface Cpu {
  pc: number;
  regs: number[];
  handlerRegs: number[];
  /** Next instruction of the handler in progress, or -1. */
  handler: number;
  /** Oldest first: [word, value] or [word, low, high]. */
  buffer: number[][];
  irqsOn: boolean;
  pending: boolean;
  /** How far the access has come that is being made. */
  midway: Midway | null;
  remembers: Translations;
}

/** Immutable, and so shared: each text is made once. */
interface State {
  mem: number[];
  cpus: Cpu[];
}

const texts = new WeakMap<object, string>();

function textOf(part: object): string {
  let text = texts.get(part);
  if (text === undefined) {
    text = JSON.stringify(part);
    texts.set(part, text);
  }
  return text;
}

const keyOf = (s: State): string => s.mem.join() + s.cpus.map(textOf).join('');

/** What the CPU reads: through its own store buffer. */
function view(s: State, c: Cpu, w: number): number {
  for (let i = c.buffer.length - 1; i >= 0; i--) {
    const [at, lo, hi] = c.buffer[i]!;
    if (at === w) return lo!;
    if (hi !== undefined && at === w - 1) return hi;
  }
  return s.mem[w]!;
}

/** Instructions that wait for an empty buffer. */
const SERIAL = new Set(['fence', 'xchg', 'xchg64', 'ipi', 'invlpg', 'movCr3']);

/** Executes an instruction that makes no access by linear address. `s` and `c` are copies. */
function execute(s: State, c: Cpu, o: TranslationOp, regs: number[]): void {
  const { mem } = s;
  const { tlb } = c.remembers;
  switch (o.op) {
    case 'store':
      c.buffer = [...c.buffer, [o.w, o.v]];
      break;
    case 'store64':
      c.buffer = [...c.buffer, [o.w, o.lo, o.hi]];
      break;
    case 'load':
      regs[o.r] = view(s, c, o.w);
      break;
    case 'xchg':
      regs[o.r] = mem[o.w]!;
      mem[o.w] = o.v;
      break;
    case 'xchg64':
      mem[o.w] = o.lo;
      mem[o.w + 1] = o.hi;
      break;
    case 'invlpg': {
      const large = (mem[PDE]! & 0x81) === 0x81;
      c.remembers = { tlb: tlb.filter((t) => known(t).page !== o.page && !(large && known(t).large)), pdes: [] };
      break;
    }
    case 'movCr3':
      c.remembers = { tlb: tlb.filter((t) => known(t).global), pdes: [] };
      break;
    case 'ipi':
    case 'ipiX2apic':
      if (s.cpus[o.to] === c) c.pending = true;
      else s.cpus[o.to] = { ...s.cpus[o.to]!, pending: true };
      break;
    case 'cli':
      c.irqsOn = false;
      break;
    case 'sti':
      c.irqsOn = true;
      break;
    default:
      break;
  }
}

class Search {
  /** What happens unless something else does first, and what may as well not happen. */
  states: State[] = [];
  optional: State[] = [];
  private readonly program: TranslationProgram;
  private readonly literal: boolean;

  constructor(program: TranslationProgram, literal: boolean) {
    this.program = program;
    this.literal = literal;
  }

  /** Every CPU fills in what it can. */
  filled(s: State): State {
    if (this.literal) return s;
    s.cpus.forEach((c, i) => {
      const { tlb, pdes } = fillable((w) => view(s, c, w), c.remembers, this.program.global);
      if (tlb.length + pdes.length === 0) return;
      const sorted = (list: readonly number[]): number[] => [...new Set(list)].sort((a, b) => a - b);
      s.cpus[i] = { ...c, remembers: { tlb: sorted([...c.remembers.tlb, ...tlb]), pdes: sorted([...c.remembers.pdes, ...pdes]) } };
    });
    return s;
  }

  private next(into: State[], s: State, i: number, change: (t: State, c: Cpu) => void): void {
    const t = { mem: [...s.mem], cpus: [...s.cpus] };
    const c = { ...s.cpus[i]! };
    t.cpus[i] = c;
    change(t, c);
    into.push(this.filled(t));
  }

  successors(s: State): void {
    this.states = [];
    this.optional = [];
    for (let i = 0; i < s.cpus.length; i++) this.stepsOf(s, s.cpus[i]!, i);
    // Walks that no access asked for.
    for (let entry = 8; entry < WORDS; entry += 2)
      if ((s.mem[entry]! & 0x21) === 1) this.next(this.optional, s, 0, (t) => void (t.mem[entry]! |= 0x20));
  }

  private stepsOf(s: State, cpu: Cpu, i: number): void {
    const inHandler = cpu.handler >= 0;
    const o = inHandler ? this.program.handlers![i]![cpu.handler] : this.program.cpus[i]![cpu.pc];
    if (o !== undefined) this.instruction(s, cpu, i, o);
    if (this.literal) this.fillsAndDrops(s, cpu, i);
    if (cpu.buffer.length > 0) {
      this.next(this.states, s, i, (t, c) => {
        const [at, lo, hi] = c.buffer[0]!;
        c.buffer = c.buffer.slice(1);
        t.mem[at!] = lo!;
        if (hi !== undefined) t.mem[at! + 1] = hi;
      });
      return;
    }
    if (inHandler && o === undefined) this.next(this.states, s, i, (_, c) => void (c.handler = -1));
    if (!inHandler && cpu.midway === null && cpu.irqsOn && cpu.pending && this.program.handlers !== null) {
      this.next(this.states, s, i, (_, c) => {
        c.pending = false;
        c.handler = 0;
        c.handlerRegs = c.handlerRegs.map(() => 0);
      });
    }
  }

  /** The present step of an instruction, and with the last one its end. */
  private instruction(s: State, cpu: Cpu, i: number, o: TranslationOp): void {
    const end = (change: (t: State, c: Cpu, regs: number[]) => void): void =>
      this.next(this.states, s, i, (t, c) => {
        const inHandler = c.handler >= 0;
        const regs = [...(inHandler ? c.handlerRegs : c.regs)];
        change(t, c, regs);
        c.midway = null;
        if (inHandler) {
          c.handlerRegs = regs;
          c.handler++;
        } else {
          c.regs = regs;
          c.pc++;
        }
      });
    if (o.op !== 'read' && o.op !== 'write') {
      if (!SERIAL.has(o.op) || cpu.buffer.length === 0) end((t, c, regs) => execute(t, c, o, regs));
      return;
    }
    const m = cpu.midway;
    if (m === null) {
      const write = o.op === 'write';
      for (const outcome of outcomes((w) => view(s, cpu, w), cpu.remembers, o.page, write, o.user)) this.take(s, i, o, outcome, end);
    } else if (m.step === 'access') {
      end((t, c, regs) => {
        const w = 2 + FRAMES.indexOf(m.frame);
        if (o.op === 'write') c.buffer = [...c.buffer, [w, o.v]];
        regs[o.r] = o.op === 'write' ? 0 : view(t, c, w);
      });
    } else if (!cpu.buffer.some(([at, , high]) => at === m.entry || at === m.entry + 1 || (high !== undefined && at === m.entry - 1))) {
      this.next(this.states, s, i, (t, c) => {
        const same = t.mem[m.entry] === m.lo && t.mem[m.entry + 1] === m.hi;
        if (same) t.mem[m.entry]! |= m.bits;
        c.midway = same && m.frame !== AGAIN ? { step: 'access', frame: m.frame } : null;
      });
    }
  }

  private take(
    s: State,
    i: number,
    o: TranslationOp & { op: 'read' | 'write' },
    outcome: Outcome,
    end: (change: (t: State, c: Cpu, regs: number[]) => void) => void,
  ): void {
    if (outcome.step !== 'fault') this.next(this.states, s, i, (_, c) => void (c.midway = outcome));
    else
      end((_, c, regs) => {
        c.remembers = { tlb: c.remembers.tlb.filter((t) => known(t).page !== o.page), pdes: [] };
        regs[o.r] = FAULTED + outcome.code;
      });
  }

  private fillsAndDrops(s: State, cpu: Cpu, i: number): void {
    const { tlb, pdes } = fillable((w) => view(s, cpu, w), cpu.remembers, this.program.global);
    const becomes = (remembers: Translations): void => this.next(this.optional, s, i, (_, c) => void (c.remembers = remembers));
    const { remembers: r } = cpu;
    for (const t of tlb) becomes({ ...r, tlb: [...r.tlb, t].sort((a, b) => a - b) });
    for (const pde of pdes) becomes({ ...r, pdes: [...r.pdes, pde].sort((a, b) => a - b) });
    for (const t of r.tlb) becomes({ ...r, tlb: r.tlb.filter((u) => u !== t) });
    for (const pde of r.pdes) becomes({ ...r, pdes: r.pdes.filter((u) => u !== pde) });
  }
}

/**
 * The final states: nothing happens any more that nobody may leave undone. In the form of `buildTranslation`.
 * @returns null if there are more than `most` states
 */
export function finalTranslationStates(program: TranslationProgram, most: number, literal = false): Set<string> | null {
  const registers = (): number[] => new Array<number>(REGISTERS).fill(0);
  const search = new Search(program, literal);
  const start = search.filled({
    mem: [...program.init],
    cpus: program.cpus.map(() => ({
      pc: 0,
      regs: registers(),
      handlerRegs: registers(),
      handler: -1,
      buffer: [],
      irqsOn: true,
      pending: false,
      midway: null,
      remembers: { tlb: [], pdes: [] },
    })),
  });
  const seen = new Set([keyOf(start)]);
  const todo = [start];
  const final = new Set<string>();
  for (let s = todo.pop(); s !== undefined; s = todo.pop()) {
    search.successors(s);
    if (search.states.length === 0) final.add(JSON.stringify([[...s.cpus.map((c) => c.regs), ...s.cpus.map((c) => c.handlerRegs)], s.mem]));
    for (const t of [...search.states, ...search.optional]) {
      const key = keyOf(t);
      if (seen.has(key)) continue;
      if (seen.size >= most) return null;
      seen.add(key);
      todo.push(t);
    }
  }
  return final;
}
