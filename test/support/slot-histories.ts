// SPDX-License-Identifier: GPL-2.0-only
/**
 * When a cell of `retract` should be violated, by brute force: every order of what the writers do to the slot, every placement of the tables
 * A and B, every three instants at which the reader loads low, high and low again. Nothing is taken from src/: whoever doubts the formulas
 * there, or the machine, has a third opinion here.
 *
 * The writers are lists of steps. A step changes the slot, waits for the reader's CPU to take an interrupt, or takes or drops the pmd lock.
 * An instant is a gap between two steps. A result is bad if it looks like a table and the slot held it at no instant of the read.
 */

export type Cell = Readonly<Record<string, string>>;

/** What the enumeration takes to be so. Each can be taken away, to see that it matters. */
export const rules = {
  /** The sync is a wait for every other CPU. */
  syncWaits: true,
  /** The flush is a wait for a CPU that runs the mm. */
  flushWaits: true,
  /** The flush leaves a lazy CPU out. */
  flushSparesLazy: true,
  /** PARAVIRT=n leaves nothing of the sync. */
  paravirtDecides: true,
  /** A reader with interrupts off takes none between its loads. */
  interruptsOff: true,
  /** Low is loaded again, and must be what it was. */
  lowAgain: true,
  /** Nobody else changes the slot while the lock is held. */
  lockExcludes: true,
  /** The writers of refault=other are two CPUs. */
  otherIsFree: true,
  /** A private write fault waits for the folio lock, which is dropped when the retraction is over. */
  folioLockWaits: true,
  /** A huge mapping is not executable. */
  hugeIsNX: true,
  /** What the slot held at one of the instants is whole, though it be another table than the last. */
  staleIsWhole: true,
};
export type Rules = typeof rules;

type Value = readonly [low: number, high: number];
interface Placement {
  a: Value;
  b: Value;
}
type Step = 'lock' | 'unlock' | 'clear' | 'map-huge' | 'zap-huge' | 'install' | 'flush' | 'flush-after-zap' | 'sync' | 'folio-unlock';

const NONE: Value = [0, 0];
const TABLE_FLAGS = 0x067;
const PAGE_SIZE_FLAG = 0x080;
const NX = 0x80000000;
/** Frame within a window at which tables lie, and the spare one beside A. */
const PLACE = 0x12345;

const table = (window: number, place: number): Value => [place * 0x1000 + TABLE_FLAGS, window];
const huge = (r: Rules): Value => [0x20000000 + TABLE_FLAGS + PAGE_SIZE_FLAG, r.hugeIsNX ? NX : 0];

function placements(cell: Cell): Placement[] {
  const windows = cell['highpte'] === 'n' ? 1 : Number(cell['windows']);
  const all: Placement[] = [];
  for (let a = 0; a < windows; a++) {
    all.push({ a: table(a, PLACE), b: table(a, PLACE + 1) });
    for (let b = 0; b < windows; b++) if (b !== a) all.push({ a: table(a, PLACE), b: table(b, PLACE) });
  }
  return all;
}

/** retract_page_tables(), as far as the slot and the waits go. */
function retractor(cell: Cell): Step[] {
  const steps: Step[] = ['lock', 'clear', 'flush'];
  if (cell['sync'] === 'under-lock') steps.push('sync');
  steps.push('unlock');
  if (cell['sync'] === 'after-unlock') steps.push('sync');
  steps.push('folio-unlock');
  return steps;
}

const refaulter = (cell: Cell): Step[] => (cell['history'] === 't2' ? ['map-huge', 'zap-huge', 'flush-after-zap', 'install'] : ['install']);

/** Every order of two programs. */
function merges(x: readonly Step[], y: readonly Step[]): Step[][] {
  if (x.length === 0 || y.length === 0) return [[...x, ...y]];
  return [
    ...merges(x.slice(1), y).map((rest): Step[] => [x[0]!, ...rest]),
    ...merges(x, y.slice(1)).map((rest): Step[] => [y[0]!, ...rest]),
  ];
}

const CHANGES = new Set<Step>(['map-huge', 'zap-huge', 'install']);

function lockIsRespected(order: readonly Step[]): boolean {
  let held = false;
  for (const step of order) {
    if (step === 'lock') held = true;
    else if (step === 'unlock') held = false;
    else if (held && CHANGES.has(step)) return false;
  }
  return true;
}

function orders(cell: Cell, r: Rules): Step[][] {
  const [x, y] = [retractor(cell), refaulter(cell)];
  if (cell['refault'] === 'same' || !r.otherIsFree) return [[...x, ...y]];
  const waitsForFolio = r.folioLockWaits && cell['via'] === 'cow';
  return merges(x, y).filter(
    (order) => (!r.lockExcludes || lockIsRespected(order)) && (!waitsForFolio || order.indexOf('install') > order.indexOf('folio-unlock')),
  );
}

/** What the slot holds in each gap. Who finds the slot in use maps nothing, and zaps nothing. */
function valuesOf(order: readonly Step[], { a, b }: Placement, r: Rules): Value[] {
  const values = [a];
  let mapped = false;
  for (const step of order) {
    let now = values.at(-1)!;
    if (step === 'clear') now = NONE;
    else if (step === 'map-huge' && now === NONE) {
      now = huge(r);
      mapped = true;
    } else if (step === 'zap-huge' && mapped) now = NONE;
    else if (step === 'install' && now === NONE) now = b;
    values.push(now);
  }
  return values;
}

/** Does the step end only when the reader's CPU has taken an interrupt? */
function waitsForReader(step: Step, cell: Cell, r: Rules): boolean {
  if (step === 'sync') return r.syncWaits && (cell['paravirt'] === 'y' || !r.paravirtDecides);
  if (step !== 'flush' && step !== 'flush-after-zap') return false;
  const reached = cell['reader'] === 'active' || (cell['reader'] === 'lazy' && !r.flushSparesLazy);
  return r.flushWaits && reached && cell['flush'] !== 'hypercall';
}

/** The reader puts together a pair that it would take for a table. */
function isBad(values: readonly Value[], i: number, j: number, k: number, r: Rules): boolean {
  const low = values[i]![0];
  const high = values[j]![1];
  if (low === 0 || (low & 0xfff) !== TABLE_FLAGS) return false;
  if (r.lowAgain && values[k]![0] !== low) return false;
  const whole = r.staleIsWhole ? values.slice(i, k + 1) : [values[k]!];
  return !whole.some((v) => v[0] === low && v[1] === high);
}

function orderIsBad(order: readonly Step[], values: readonly Value[], cell: Cell, r: Rules): boolean {
  for (let i = 0; i < values.length; i++) {
    for (let k = i; k < values.length; k++) {
      // Step s stands between the gaps s and s + 1.
      const interrupted = order.slice(i, k).some((step) => waitsForReader(step, cell, r));
      if (interrupted && r.interruptsOff && cell['irqs'] === 'off') break;
      for (let j = i; j <= k; j++) if (isBad(values, i, j, k, r)) return true;
    }
  }
  return false;
}

export function verdictByHistories(cell: Cell, r: Rules = rules): 'holds' | 'violated' {
  for (const order of orders(cell, r)) {
    for (const placement of placements(cell)) {
      if (orderIsBad(order, valuesOf(order, placement, r), cell, r)) return 'violated';
    }
  }
  return 'holds';
}
