// SPDX-License-Identifier: GPL-2.0-only
/**
 * Names of the bits of control registers (SDM Vol. 3A 2.5, Vol. 4 IA32_EFER): all of them, so that values from a crash report can be named, although
 * translation depends on few.
 */

export const BIT_NAMES = {
  cr0: { PE: 0, MP: 1, EM: 2, TS: 3, ET: 4, NE: 5, WP: 16, AM: 18, NW: 29, CD: 30, PG: 31 },
  cr4: {
    ...{ VME: 0, PVI: 1, TSD: 2, DE: 3, PSE: 4, PAE: 5, MCE: 6, PGE: 7, PCE: 8, OSFXSR: 9, OSXMMEXCPT: 10, UMIP: 11, LA57: 12 },
    ...{ VMXE: 13, SMXE: 14, FSGSBASE: 16, PCIDE: 17, OSXSAVE: 18, KL: 19, SMEP: 20, SMAP: 21, PKE: 22, CET: 23, PKS: 24, UINTR: 25 },
  },
  efer: { SCE: 0, LME: 8, LMA: 10, NXE: 11 },
} satisfies Record<string, Record<string, number>>;

export type NamedRegister = keyof typeof BIT_NAMES;

/** Names of the bits that are set, from bit 0. */
export const setBits = (register: NamedRegister, value: number): string[] =>
  Object.entries(BIT_NAMES[register])
    .filter(([, bit]) => (value & (1 << bit)) !== 0)
    .map(([name]) => name);
