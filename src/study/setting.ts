// SPDX-License-Identifier: GPL-2.0-only
/**
 * What one run of a study is about.
 */
import type { Costs, Profile, ProfileName } from '../engines/timed/costs.ts';
import type { Policy } from '../kernel/policy.ts';
import type { Recording } from './recording.ts';

export const WORKLOADS = ['dontneed', 'munmap', 'mprotect', 'collapse'] as const;
export type WorkloadName = (typeof WORKLOADS)[number];

export interface Setting {
  cpus: number;
  policy: Policy;
  profileName: ProfileName;
  profile: Profile;
  costs: Costs;
  workload: WorkloadName | Recording;
  /** Pages that each operation is about; of a collapse, those that are present. */
  pages: number;
  /** CPUs 0 to initiators - 1 do the operation, each on pages of its own. */
  initiators: number;
  /** The last CPUs, so many, are idle: they have the process's tables loaded lazily. */
  idle: number;
  /** ns that an initiator spends in its own code between two operations, on average. */
  pause: number;
  /** Operations of each initiator that are measured. */
  rounds: number;
  seed: number;
}
