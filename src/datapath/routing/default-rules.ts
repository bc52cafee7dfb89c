/** The rules a kernel has before anybody adds one: what is assumed where `ip rule` was not recorded. */
import type { Family } from '../../ip/types.js'
import type { PolicyRule } from '../../model/route.js'

const rule = (family: Family, priority: number, table: string): PolicyRule => ({
  family,
  priority,
  not: false,
  src: null,
  dst: null,
  iif: null,
  oif: null,
  fwmark: null,
  tos: null,
  ipproto: null,
  sport: null,
  dport: null,
  uidrange: null,
  suppressPrefixLength: null,
  suppressIfGroup: null,
  action: { kind: 'lookup', table },
  unknown: [],
  ref: { evidence: '', line: 0, text: `${priority}: from all lookup ${table}` },
})

export const DEFAULT_RULES: Readonly<Record<Family, readonly PolicyRule[]>> = {
  4: [rule(4, 0, 'local'), rule(4, 32766, 'main'), rule(4, 32767, 'default')],
  6: [rule(6, 0, 'local'), rule(6, 32766, 'main')],
}
