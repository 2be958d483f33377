// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the references of the page-walk vectors differ about, by the codes of the field `why`; several are joined by "+". Sections are those of the
 * Intel SDM Vol. 3A. See test/vectors/walker/README.md.
 */
import type { DisputeText } from '../kind.ts';

const CODES: Record<string, DisputeText> = {
  'rsvd-p0': { section: '4.7', about: 'QEMU reports a reserved-bit fault with P=0' },
  'rmw-w0': { section: '4.7', about: 'QEMU reports a fault of an unlocked, misaligned or page-crossing read-modify-write with W/R=0' },
  'cross-rmw': { section: '4.7', about: 'QEMU reads both pages of a read-modify-write before it checks either for writing' },
  'no-gp': { section: '4.4.1', about: 'QEMU does not check PDPTEs at MOV CR3' },
  'implicit-ac1-cpl0': { section: '4.6.1', about: 'both references let EFLAGS.AC lift SMAP for implicit accesses at CPL 0' },
  'implicit-ac1-cpl3': { section: '4.6.1', about: 'Bochs lets EFLAGS.AC lift SMAP for implicit accesses at CPL 3' },
  'pdpte-in-memory': { section: '4.4.1', about: 'QEMU reads the PDPTE from memory at each walk' },
  'wp-reload': { section: '4.4.1', about: 'Bochs loads PDPTEs also when CR0.WP changes' },
  'smap-reload': { section: '4.4.1', about: 'Bochs loads PDPTEs also when CR4.SMAP changes' },
  'cd-no-reload': { section: '4.4.1', about: 'Bochs does not load PDPTEs when CR0.CD changes' },
  'no-bochs': { section: '', about: 'did not run on Bochs' },
};

/** The code may begin with the name of the reference that is on its own. */
const textOf = (code: string): DisputeText | undefined => CODES[code] ?? CODES[code.replace(/^(qemu|bochs)-/, '')];

/** Of a code that is not known nothing is said. */
export function explainDispute(code: string): DisputeText {
  const texts = code.split('+').flatMap((part) => textOf(part) ?? []);
  return {
    section: [...new Set(texts.map((t) => t.section).filter(Boolean))].join(', '),
    about: texts.map((t) => t.about).join('; '),
  };
}
