// SPDX-License-Identifier: GPL-2.0-only
/** What a study is asked for: ranges, machines of the user's own, recordings; and what is said of bad ones. Budget: 1 s. */
import { describe, expect, it } from 'vitest';
import { costsOf, PROFILES } from '../../src/engines/timed/costs.ts';
import { notesOf } from '../../src/study/document.ts';
import { checkInitiators, costsIn, cpusOf, type Plan, pagesOf, profileNamed } from '../../src/study/plan.ts';
import { parseRecording } from '../../src/study/recording.ts';

const profile = PROFILES['haswell-2s'];

it('reads numbers, lists and ranges', () => {
  expect(cpusOf('8')).toEqual([8]);
  expect(cpusOf('4,1,2')).toEqual([1, 2, 4]);
  expect(cpusOf('1..256')).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  expect(cpusOf('3..20,5')).toEqual([3, 4, 5, 8, 16, 20]);
  expect(pagesOf('1,33,34')).toEqual([1, 33, 34]);
});

it.each(['0', '257', '', 'x', '1..', '8..2', '1..2..3', '1;2', '1.5', '-1'])('refuses %j CPUs in one line', (text) => {
  expect(() => cpusOf(text)).toThrow(/^--cpus [^\n]*$/);
});

it('names the profiles that there are', () => {
  expect(profileNamed('kvm-xapic')).toBe('kvm-xapic');
  expect(() => profileNamed('toString')).toThrow(/^no profile 'toString'; known: haswell-1s, .*broadcast$/);
});

it('says once that no 32-bit kernel ran, above 64 CPUs', () => {
  const notes = (cpus: number[]): string[] => {
    const plan = {
      cpus,
      policies: [],
      pages: [1],
      initiators: [1],
      idle: 0,
      pause: 0,
      profileName: 'haswell-2s',
      profile,
      costs: costsOf(profile),
      workload: 'munmap',
      seed: 1,
    } as const;
    return notesOf({ plan, cells: [], median: 0, spread: 0, influences: [], complete: true }).filter((note) =>
      note.includes('No 32-bit kernel'),
    );
  };
  expect(notes([1, 64])).toEqual([]);
  expect(notes([64, 65, 256])).toEqual(['No 32-bit kernel ran on more than 64 CPUs.']);
});

it.each<[Partial<Plan>, RegExp]>([
  [{ initiators: [1, 5] }, /^--initiators 5: there are 4 CPUs that are not idle, at most$/],
  [{ initiators: [4], idle: 1 }, /^--initiators 4: there are 3 CPUs/],
  [{ workload: 'collapse', initiators: [2] }, /^--initiators: collapses are done one after the other$/],
  [{ idle: 4 }, /^--idle 4: of 4 CPUs at least one has to do something$/],
  [{ cpus: [256], initiators: [256], pages: [4096] }, /^--initiators 256: 4096 pages for each are more than the address space has$/],
  [{ workload: { file: 'trace.txt', cpus: 2, events: [] }, idle: 1 }, /^--idle: trace.txt says who does what, and when$/],
  [{ workload: { file: 'trace.txt', cpus: 2, events: [] }, initiators: [2] }, /^--initiators: trace.txt says who does what, and when$/],
])('refuses who cannot be had: %j', (change, message) => {
  const plan = { policies: [], profileName: 'haswell-2s', profile, costs: costsOf(profile), seed: 1, pause: 0 } as const;
  const fine = { cpus: [1, 4], initiators: [1], idle: 0, pages: [1], workload: 'munmap' } as const;
  expect(() => checkInitiators({ ...plan, ...fine })).not.toThrow();
  expect(() => checkInitiators({ ...plan, ...fine, ...change })).toThrow(message);
});

describe('a machine of the user', () => {
  it('has constants of its own, and the profile for the rest', () => {
    const own = costsIn('{"invlpg": 120, "socket": 8}', 'mine.json', profile);
    expect(own.costs).toEqual({ ...costsOf(profile), invlpg: 120 });
    expect(own.profile).toEqual({ ...profile, socket: 8 });
  });

  it.each([
    ['{', /^mine.json: no JSON/],
    ['[1]', /^mine.json: not an object of constants$/],
    ['{"invlpgs": 1}', /^mine.json: no constant 'invlpgs'; known: code, .*, socket, cluster, ghz$/],
    ['{"invlpg": "1"}', /^mine.json: invlpg: not a number from 0 on$/],
    ['{"invlpg": -1}', /^mine.json: invlpg: /],
    ['{"cluster": 0}', /^mine.json: cluster: not a whole number from 1 on$/],
    ['{"jitter": 2}', /^mine.json: jitter: /],
  ])('%s is refused', (text, message) => {
    expect(() => costsIn(text, 'mine.json', profile)).toThrow(message);
  });
});

describe('a recording', () => {
  const line = (time: string, cpu: number, event: string): string => `  app-1  [00${cpu}] d..2.  ${time}: ${event}`;
  const flush = 'tlb_flush: pages:2 reason:remote ipi send (4)';

  it('is read as ftrace prints it', () => {
    const text = [
      '# tracer: nop',
      line(
        '10.000001',
        1,
        'sched_switch: prev_comm=app prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=swapper/1 next_pid=0 next_prio=120',
      ),
      line('10.000003', 0, flush),
      line('10.000004', 2, 'tlb_flush: pages:2 reason:remote shootdown (1)'),
      line('10.000005', 0, 'tlb_flush: pages:-1 reason:remote ipi send (4)'),
      line(
        '10.000009',
        1,
        'sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=app next_pid=1 next_prio=120',
      ),
    ].join('\n');
    const { cpus, events } = parseRecording(text, 'trace.txt');
    expect(cpus).toBe(2);
    expect(events.map(({ at, cpu, what, pages }) => [at, cpu, what, pages])).toEqual([
      [0, 1, 'idle', 0],
      [2000, 0, 'flush', 2],
      [4000, 0, 'flush', 0],
      [8000, 1, 'run', 0],
    ]);
  });

  it.each([
    ['nothing in it', 'hello', /^trace.txt: no event 'tlb_flush/],
    ['time that goes back', `${line('2.0', 0, flush)}\n${line('1.0', 0, flush)}`, /^trace.txt:2: time goes back$/],
    ['a CPU too many', line('2.0', 0, flush).replace('[000]', '[300]'), /^trace.txt:1: CPU 300, of 256 at most$/],
    ['a flush without pages', line('2.0', 0, 'tlb_flush: reason:remote ipi send (4)'), /^trace.txt:1: tlb_flush without pages and reason$/],
    ['a switch to nobody', line('2.0', 0, 'sched_switch: prev_comm=a'), /^trace.txt:1: sched_switch without next_comm$/],
  ])('%s', (_, text, message) => {
    expect(() => parseRecording(text, 'trace.txt')).toThrow(message);
  });
});
