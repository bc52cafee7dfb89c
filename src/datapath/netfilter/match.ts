/**
 * One match against one packet: true, false, or cannot be known from a dump.
 * Kernel: net/netfilter/xt_*.c, net/ipv4/netfilter/ip_tables.c:ip_packet_match.
 */
import { compareIp } from '../../ip/index.js'
import type { Ip } from '../../ip/types.js'
import type { Link } from '../../model/link.js'
import type { CtStateName, IpRange, Match, NumberRange } from '../../model/rule.js'
import type { CtState, HookContext, Packet } from '../types.js'
import { PROTO } from '../types.js'
import { compareNft, type NftScope } from './nft-match.js'
import { inIpset } from './ipset.js'

export type Tri = boolean | 'unknown'

/** A name that ends in "+" is a prefix; in a hook without that device its name is empty, so `! -i X` is true there. */
const named = (link: Link | null, pattern: string): boolean => {
  const name = link?.name ?? ''
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

const inIps = (ranges: readonly IpRange[], ip: Ip): boolean =>
  ranges.some((range) => range.from.family === ip.family && compareIp(range.from, ip) <= 0 && compareIp(ip, range.to) <= 0)

const inNumbers = (ranges: readonly NumberRange[], value: number | null): boolean => value !== null && ranges.some(([from, to]) => value >= from && value <= to)

const hasPorts = (packet: Packet): boolean => packet.proto === PROTO.tcp || packet.proto === PROTO.udp || packet.proto === PROTO.sctp || packet.proto === 136 || packet.proto === 33

/** xt_conntrack: no entry means INVALID to --ctstate, whatever the reason; an untracked packet is UNTRACKED. */
const stateMatches = (states: readonly CtStateName[], packet: Packet): boolean => {
  const state: CtState = packet.ct?.state ?? 'invalid'
  if (states.includes(state)) return true
  const entry = packet.ct?.entry
  return !!entry && ((states.includes('snat') && entry.srcNat) || (states.includes('dnat') && entry.dstNat))
}

const statusMatches = (bits: readonly string[], packet: Packet): boolean => {
  const entry = packet.ct?.entry
  if (!entry) return false
  return bits.some((bit) => (bit === 'seen_reply' && entry.seenReply) || (bit === 'confirmed' && entry.confirmed) || (bit === 'none' && !entry.seenReply && !entry.confirmed))
}

const physical = (one: Extract<Match, { kind: 'physdev-is' }>, packet: Packet): boolean => {
  switch (one.what) {
    case 'in':
      return packet.physIn !== null
    case 'out':
      return packet.physOut !== null
    case 'bridged':
      return packet.physIn !== null && packet.physOut !== null
  }
}

const addrtype = (one: Extract<Match, { kind: 'addrtype' }>, context: HookContext, packet: Packet): boolean => {
  const dev = one.limit === 'in' ? packet.iif : one.limit === 'out' ? packet.oif : null
  return one.types.includes(context.fib.addressType(one.field === 'src' ? packet.src : packet.dst, dev))
}

const reversePath = (one: Extract<Match, { kind: 'rpfilter' }>, context: HookContext, packet: Packet): boolean => {
  const found = context.fib.lookup(packet, packet.src, one.mark ? packet.mark : 0)
  const good = found.dev !== null && (one.loose || found.dev.name === packet.iif?.name || packet.iif?.kind === 'loopback')
  return good !== one.invert
}

const compare = (op: 'eq' | 'lt' | 'gt', left: number, right: number): boolean => (op === 'eq' ? left === right : op === 'lt' ? left < right : left > right)

const plain = (one: Exclude<Match, { kind: 'nft' | 'cannot-know' | 'unknown' }>, context: HookContext, packet: Packet): Tri => {
  switch (one.kind) {
    case 'iface':
      return named(one.side === 'in' ? packet.iif : packet.oif, one.name)
    case 'physdev':
      return named(one.side === 'in' ? packet.physIn : packet.physOut, one.name) && (one.side === 'in' ? packet.physIn : packet.physOut) !== null
    case 'physdev-is':
      return physical(one, packet)
    case 'address':
      return inIps(one.ranges, one.field === 'src' ? packet.src : packet.dst)
    case 'protocol':
      return packet.proto === one.proto
    case 'fragment':
      return packet.fragment
    case 'ports':
      if (!hasPorts(packet)) return false
      return (one.field !== 'dport' && inNumbers(one.ranges, packet.sport)) || (one.field !== 'sport' && inNumbers(one.ranges, packet.dport))
    case 'tcp-flags':
      return packet.proto === PROTO.tcp && (packet.tcpFlags & one.mask) === one.set
    case 'icmp':
      return packet.icmp !== null && (one.type === null || (packet.icmp.type === one.type && inNumbers([one.codes], packet.icmp.code)))
    case 'ct-state':
      return stateMatches(one.states, packet)
    case 'ct-address':
      return !!packet.ct?.entry && inIps(one.ranges, packet.ct.entry[one.tuple][one.field])
    case 'ct-ports':
      return !!packet.ct?.entry && inNumbers(one.ranges, packet.ct.entry[one.tuple][one.field])
    case 'ct-direction':
      return packet.ct?.entry ? packet.ct.dir === one.dir : false
    case 'ct-protocol':
      return packet.ct?.entry?.proto === one.proto
    case 'ct-status':
      return statusMatches(one.bits, packet)
    case 'mark': {
      const value = one.of === 'packet' ? packet.mark : packet.ct?.entry?.mark
      return value !== undefined && (value & one.mask) >>> 0 === one.value >>> 0
    }
    case 'addrtype':
      return addrtype(one, context, packet)
    case 'mac':
      return packet.srcMac !== null && packet.srcMac === one.mac
    case 'set':
      return inIpset(context.ns.ipsets, one.name, one.fields, packet) ?? 'unknown'
    case 'length':
      return packet.length >= one.range[0] && packet.length <= one.range[1]
    case 'ttl':
      return compare(one.op, packet.ttl, one.value)
    case 'tos':
      return (packet.tos & one.mask) === one.value
    case 'pkttype':
      return one.type === 'unicast' || one.type === 'host'
    case 'rpfilter':
      return reversePath(one, context, packet)
  }
}

/** Without a flow, xt_conntrack's other questions are false even when negated. */
const needsEntry = (one: Match): boolean => one.kind === 'ct-address' || one.kind === 'ct-ports' || one.kind === 'ct-direction' || one.kind === 'ct-protocol' || one.kind === 'ct-status'

export const matches = (one: Match, context: HookContext, packet: Packet, scope: NftScope): Tri => {
  switch (one.kind) {
    case 'nft':
      return compareNft(one, context, packet, scope)
    case 'cannot-know':
    case 'unknown':
      return 'unknown'
    default: {
      if (needsEntry(one) && !packet.ct?.entry) return false
      if (one.kind === 'mark' && one.of === 'ct' && !packet.ct?.entry) return false
      if (one.kind === 'ports' && !hasPorts(packet)) return false
      if (one.kind === 'tcp-flags' && packet.proto !== PROTO.tcp) return false
      const result = plain(one, context, packet)
      if (result === 'unknown') return 'unknown'
      return 'negate' in one && one.negate ? !result : result
    }
  }
}

/** Why an unknown match is unknown, in words. */
export const describeMatch = (one: Match): string => {
  switch (one.kind) {
    case 'cannot-know':
    case 'unknown':
      return one.what
    case 'set':
      return `set ${one.name}, which was not recorded`
    case 'nft':
      return one.left.kind === 'cannot-know' ? one.left.what : one.left.kind === 'opaque' ? one.left.text : `${one.left.kind} …`
    default:
      return one.kind
  }
}
