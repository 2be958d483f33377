// SPDX-License-Identifier: GPL-2.0-only
/**
 * A thread at work as one vCPU: it calls the kernel, touches memory in user mode, and between two operations does what the others need of it.
 */

import { ARGUMENT, ARRIVED, DONE, OPERATION, ORDER, RUN, SECOND, STOP } from '../../../cpu/parallel/board.ts';
import { callbacksLeft, crossKernel, runCallbacks } from '../../../cpu/parallel/deferred.ts';
import { self } from '../../../cpu/parallel/self.ts';
import { foldTallies } from '../../../cpu/parallel/tally.ts';
import { IDLE, poll, relax } from '../../../cpu/parallel/wait.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { KILLED } from '../../../cpu/violation.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { Stopped } from '../../engines/direct.ts';
import { switch_mm } from '../../kernel/arch/x86/mm/tlb/switch_mm.ts';
import { lru_add_drain } from '../../kernel/mm/swap/lru_add_drain.ts';
import type { World } from '../world.ts';
import { START } from './operations.ts';

/** Operations between two folds of the statistics: in each, several words that every vCPU writes. */
const FOLD = 64;

export class Thread {
  readonly w: World;
  readonly c: Vcpu;
  /** Operations since the statistics were folded. */
  private unfolded = 0;

  constructor(w: World) {
    this.w = w;
    this.c = w.m.contexts[self.cpu]!;
  }

  /** Is the program to end? */
  get stopped(): boolean {
    return Atomics.load(self.board, ORDER) !== RUN;
  }

  /**
   * One operation, in the kernel or with page faults that lead there.
   * @param operation what it is, and of what, for whoever watches
   * @throws Stopped at a violation
   */
  run<T>(operation: number, argument: number, second: number, code: (c: Vcpu) => Code<T>): T {
    const { board, row } = self;
    board[row + OPERATION] = operation;
    board[row + ARGUMENT] = argument;
    board[row + SECOND] = second;
    crossKernel();
    const result = this.checked(code);
    this.between();
    Atomics.store(board, row + DONE, board[row + DONE]! + 1);
    return result;
  }

  private checked<T>(code: (c: Vcpu) => Code<T>): T {
    try {
      return code(this.c) as T; // the generators are erased
    } catch (e) {
      if (e === KILLED) throw new Stopped(this.c.m.violation!);
      throw e;
    }
  }

  /** On the way back to user mode. */
  private between(): void {
    const { c } = this;
    poll(c);
    self.giveWay(c);
    crossKernel();
    runCallbacks(c.m);
    if (++this.unfolded === FOLD) this.fold();
    if (c.m.violation !== null) throw new Stopped(c.m.violation);
  }

  private fold(): void {
    foldTallies(this.c);
    this.unfolded = 0;
  }

  load(mm: Ptr): void {
    this.run(START, 0, 0, (c) => switch_mm(c, NULL, mm));
  }

  /** Idle, until `over`: interrupts, work and callbacks are seen to. */
  idle(over: () => boolean): void {
    const { c } = this;
    for (let turn = 0; !over(); turn++) {
      crossKernel();
      self.giveWay(c);
      crossKernel();
      runCallbacks(c.m);
      this.fold();
      relax(c, IDLE, turn);
    }
  }

  /** Waits until every thread has come here. @param place counts up from 0, at most 7; each is used once */
  meet(place: number): void {
    const { board } = self;
    this.fold();
    Atomics.add(board, ARRIVED + place, 1);
    this.idle(() => Atomics.load(board, ARRIVED + place) === this.w.m.cpus);
  }

  /** Asks every thread's program to end. */
  stop(): void {
    Atomics.compareExchange(self.board, ORDER, RUN, STOP);
  }

  /** Nothing that this vCPU keeps for later is left: batches, callbacks. */
  settle(): void {
    this.run(START, 0, 0, lru_add_drain);
    this.idle(() => callbacksLeft() === 0);
  }
}
