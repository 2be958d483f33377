// SPDX-License-Identifier: GPL-2.0-only
/**
 * A thread at work as one vCPU: it calls the kernel, touches memory in user mode, and between two operations does what the others need of it.
 */

import { ARGUMENT, ARRIVED, DONE, OPERATION, ORDER, RUN, SECOND } from '../../../cpu/parallel/board.ts';
import { callbacksLeft, enterKernel, leaveKernel, runCallbacks } from '../../../cpu/parallel/deferred.ts';
import { self } from '../../../cpu/parallel/self.ts';
import { foldTallies } from '../../../cpu/parallel/tally.ts';
import { poll, relax } from '../../../cpu/parallel/wait.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { Stopped } from '../../engines/direct.ts';
import { switch_mm } from '../../kernel/arch/x86/mm/tlb/switch_mm.ts';
import type { World } from '../world.ts';

export class Thread {
  readonly w: World;
  readonly c: Vcpu;

  constructor(w: World) {
    this.w = w;
    this.c = w.m.contexts[self.cpu]!;
  }

  /** Has the run been given up? */
  get stopped(): boolean {
    return Atomics.load(self.board, ORDER) !== RUN;
  }

  /**
   * One operation, in the kernel or with page faults that lead there.
   * @param operation what it is, and of what, for whoever watches
   * @throws Stopped at a violation
   */
  run<T>(operation: number, argument: number, second: number, code: (c: Vcpu) => Code<T>): T {
    const { c } = this;
    const { board, row } = self;
    board[row + OPERATION] = operation;
    board[row + ARGUMENT] = argument;
    board[row + SECOND] = second;
    enterKernel(c);
    const result = code(c) as T; // the generators are erased
    this.between();
    Atomics.store(board, row + DONE, board[row + DONE]! + 1);
    return result;
  }

  /** On the way back to user mode. */
  private between(): void {
    const { c } = this;
    poll(c);
    self.giveWay(c);
    foldTallies(c);
    leaveKernel(c);
    runCallbacks(c.m);
    foldTallies(c);
    if (c.m.violation !== null) throw new Stopped(c.m.violation);
  }

  load(mm: Ptr): void {
    this.run(0, 0, 0, (c) => switch_mm(c, NULL, mm));
  }

  /** Idle, until `over`: interrupts, work and callbacks are seen to. */
  idle(over: () => boolean): void {
    const { c } = this;
    for (let turn = 0; !over(); turn++) {
      enterKernel(c);
      self.giveWay(c);
      foldTallies(c);
      leaveKernel(c);
      runCallbacks(c.m);
      foldTallies(c);
      relax(c, 0 as Ptr, turn);
    }
  }

  /** Waits until every thread has come here. @param place counts up from 0, at most 3; each is used once */
  meet(place: number): void {
    const { board } = self;
    Atomics.add(board, ARRIVED + place, 1);
    this.idle(() => Atomics.load(board, ARRIVED + place) === this.w.m.cpus || this.stopped);
  }

  /** Runs every callback that is left. */
  settle(): void {
    this.idle(() => callbacksLeft() === 0);
  }
}
