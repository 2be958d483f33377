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
  /** Operations that are measured. */
  rounds: number;
  seed: number;
}
