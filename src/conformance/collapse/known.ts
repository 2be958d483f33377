// SPDX-License-Identifier: GPL-2.0-only
/**
 * Cases that cannot agree, one by one, each with the reason: something that the emulated machine has no counterpart for. They count as not agreed.
 */

/** Blocks of readahead are aligned slots, and what the last one was worth decides how long the next is. */
const READAHEAD = 'pages read ahead from swap depend on the slots and on the readahead of the cases that ran before on the same boot';

/** A batch of 15 pages goes to the LRU lists when it is full. */
const BATCHES = "which of a file's last pages still lie in an LRU batch depends on pages of the recording program in the same batch";

export const KNOWN: Readonly<Record<string, string>> = {
  'shmem.madvise.max_swap_all_but_one': READAHEAD,
  'shmem.khugepaged.max_swap_all_but_one': READAHEAD,
  'file.madvise.ramfs_private_exec': BATCHES,
  'file.khugepaged.ramfs_private_exec': BATCHES,
};
