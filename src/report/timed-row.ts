// SPDX-License-Identifier: GPL-2.0-only
/**
 * What happened on each vCPU, with the time at which it did: what a trace is written from. Rows of one track come in the order of their times, and what
 * opens on it closes in reverse order.
 */

interface At {
  /** ns */
  time: number;
  /** Number of the track: the vCPU, or another one that its process names. */
  cpu: number;
}

export type Arguments = Readonly<Record<string, number | string>>;

export type TimedRow = At &
  (
    | { kind: 'begin'; name: string; args?: Arguments }
    /** Of what was opened last. */
    | { kind: 'end' }
    | { kind: 'instant'; name: string; args?: Arguments }
    /** An interrupt leaves for vCPU `to`; `name` is what it is. */
    | { kind: 'send'; to: number; name: string }
    /** A handler begins, and takes what has been sent to it. */
    | { kind: 'enter'; name: string }
    | { kind: 'leave' }
    /** It tells vCPU `to` that it is done. */
    | { kind: 'ack'; to: number }
    /** A wait for a lock or for an answer begins. */
    | { kind: 'wait'; name: string }
    /** It is over; `from`: the vCPU whose answer ended it. */
    | { kind: 'waited'; from?: number }
    | { kind: 'counter'; name: string; value: number }
  );
