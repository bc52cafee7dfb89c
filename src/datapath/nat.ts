/**
 * NAT as the kernel does it: rules bind a flow once per side; from then on packets are translated from the flow's two tuples.
 * Kernel: net/netfilter/nf_nat_core.c:nf_nat_setup_info, nf_nat_packet; nf_nat_masquerade.c; nf_nat_redirect.c.
 */
import { addToIp, compareIp } from '../ip/index.js'
import type { Ip } from '../ip/types.js'
import type { IpRange, NatTarget, NumberRange } from '../model/rule.js'
import { inverse } from './conntrack.js'
import type { Choose, CtEntry, Packet, PortTuple } from './types.js'

export type Side = 'src' | 'dst'

const pick = (range: IpRange, what: string, choose: Choose): Ip => {
  if (compareIp(range.from, range.to) === 0) return range.from
  const last = range.to
  const second = addToIp(range.from, 1)
  /** a hash of the flow picks: the ends stand for the whole range */
  return choose(`address chosen by ${what}`, ['first of the range', 'last of the range']) === 0 ? range.from : compareIp(second, last) > 0 ? range.from : last
}

/** NETMAP keeps the host part. */
const mapped = (range: IpRange, old: Ip): Ip => {
  if (range.from.family === 4 && range.to.family === 4 && old.family === 4) {
    const size = range.to.value - range.from.value + 1
    return { family: 4, value: range.from.value + (old.value % size) }
  }
  if (range.from.family === 6 && range.to.family === 6 && old.family === 6) {
    const size = range.to.value - range.from.value + 1n
    return { family: 6, value: range.from.value + (old.value % size) }
  }
  return old
}

const portIn = (ports: NumberRange | null, old: number | null): { readonly port: number | null; readonly any: boolean } => {
  if (ports === null || old === null) return { port: old, any: false }
  if (ports[0] === ports[1]) return { port: ports[0], any: false }
  return old >= ports[0] && old <= ports[1] ? { port: old, any: false } : { port: ports[0], any: true }
}

export interface Binding {
  readonly address: Ip | null
  readonly ports: NumberRange | null
  readonly random: boolean
}

/** Where a NAT statement wants the flow to go, with every choice made; `chosen` is the kernel's own pick (MASQUERADE, REDIRECT). */
export const bindingOf = (nat: NatTarget, old: Ip, chosen: Ip | null, what: string, choose: Choose): Binding => {
  if (nat.type === 'netmap' && nat.addresses) return { address: mapped(nat.addresses, old), ports: null, random: false }
  const address = nat.type === 'masquerade' || nat.type === 'redirect' ? chosen : nat.addresses ? pick(nat.addresses, what, choose) : null
  return { address, ports: nat.ports, random: nat.random }
}

/** Changes the flow's reply tuple so that the original direction comes out translated. Returns whether anything changed. */
export const bind = (entry: CtEntry, side: Side, binding: Binding): void => {
  const now: PortTuple = inverse(entry.reply)
  const icmp = entry.proto === 1 || entry.proto === 58
  if (side === 'src') {
    const { port, any } = icmp ? { port: now.sport, any: false } : portIn(binding.ports, now.sport)
    entry.reply = inverse({ ...now, src: binding.address ?? now.src, sport: port })
    entry.anyPort = entry.anyPort || any || (binding.random && !icmp)
    entry.srcNat = true
  } else {
    const { port, any } = icmp ? { port: now.dport, any: false } : portIn(binding.ports, now.dport)
    entry.reply = inverse({ ...now, dst: binding.address ?? now.dst, dport: port })
    entry.anyPort = entry.anyPort || any
    entry.dstNat = true
  }
}

/**
 * nf_nat_packet: in the original direction the side that was bound is changed here; in the reply direction the other side, since
 * undoing a source translation means changing the destination.
 */
export const translate = (packet: Packet, side: Side): Packet => {
  const { ct } = packet
  if (!ct?.entry) return packet
  const { entry, dir } = ct
  const applies = dir === 'original' ? (side === 'src' ? entry.srcNat : entry.dstNat) : side === 'src' ? entry.dstNat : entry.srcNat
  if (!applies) return packet
  const goal = inverse(dir === 'original' ? entry.reply : entry.original)
  const icmp = packet.icmp !== null
  return side === 'src'
    ? { ...packet, src: goal.src, sport: icmp ? packet.sport : goal.sport }
    : { ...packet, dst: goal.dst, dport: icmp ? packet.dport : goal.dport }
}
