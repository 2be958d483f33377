// SPDX-License-Identifier: GPL-2.0-only
/** What docs/throughput.md says before its tables. */
import type { Report } from './docs.ts';

export const introduction = ({ machine, node, seed, load }: Report): string => `# Throughput of collapses

What one collapse costs on the direct engine and the erased build, and where that goes. All of this page is written by

    npm run bench -- collapse --docs

which takes three minutes; \`--question TEXT\` measures only some of it, \`--json FILE\` keeps the figures for \`paelab bench compare\`. These are of
${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${node}, seed ${seed}, at a load average of ${load.toFixed(0)}.

Figures are medians over rounds, with quartiles; times are CPU time of the process, so that other jobs on the host count only by what they do to its caches.
*us/limit* is 512 copies of 4 KiB by copyWithin in the same memory from frames like those of a collapse, measured in turn with it; it is the red tick in the
charts, and *shareOfCopyLimit* the share of a collapse's time that it would take. The kernel is built without PROVE_LOCKING. A present page cost a
kernel on a Core i5 1.08 us in all (Yang, 2024, one collapse of a range with so many pages, least squares over four).

The direct engine runs one flow of control at a time: nobody waits for a lock, and nobody faults while a range collapses. Figures of that are measured
with threads: \`npm run bench -- victim\` (docs/parallel.md). The machine's memory lies in huge pages of the host, if it has them to give.
vCPUs beyond the first have a thread of the process that spins; processes beyond the first map the same pages. Phases are measured in every other
round; of shmem, *isolate* has the unmapping of each page and its flush in it, *install* the page cache's and the release of the pages.

What keeps a collapse from the speed of copying is the work on each page, all of the real path (isolation, LRU batches, locks, reference counts, the page
allocator): of an anonymous page some 60 marked operations, 120 plain accesses and 8 counters, of one of shmem 70, 160 and 5. They take about 4 ns each, a marked
operation with what belongs to it 13. Four fifths of the limit would leave 0.5 ns for each access, which is what V8 needs for one in a bare
loop. The table of phases says where the time goes: most of it is *release*, in which each small page leaves the LRU lists and goes back to the
allocator; of shmem it is the walk of the reverse map, once for each page. Each row is measured in a thread of its own.

`;
