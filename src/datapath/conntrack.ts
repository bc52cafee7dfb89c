/**
 * Connection tracking of one namespace during one walk: finding the flow a packet belongs to, and what state that gives it.
 * Kernel: net/netfilter/nf_conntrack_core.c, nf_conntrack_proto_{tcp,icmp}.c.
 */
import { equalIp } from '../ip/index.js'
import type { Namespace } from '../model/graph.js'
import { type Ct, type CtEntry, type CtState, type CtTable, type Packet, type PortTuple, PROTO, TCP } from './types.js'

/** ICMP has an id where others have ports: it stands on both sides. */
export const tupleOf = (packet: Packet): PortTuple => ({
  src: packet.src,
  dst: packet.dst,
  sport: packet.icmp ? packet.icmp.id : packet.sport,
  dport: packet.icmp ? packet.icmp.id : packet.dport,
})

export const inverse = (tuple: PortTuple): PortTuple => ({ src: tuple.dst, dst: tuple.src, sport: tuple.dport, dport: tuple.sport })

const same = (a: PortTuple, b: PortTuple): boolean => equalIp(a.src, b.src) && equalIp(a.dst, b.dst) && a.sport === b.sport && a.dport === b.dport

export const newEntry = (packet: Packet): CtEntry => {
  const original = tupleOf(packet)
  return {
    proto: packet.proto,
    family: packet.family,
    original,
    reply: inverse(original),
    srcNat: false,
    dstNat: false,
    srcDone: false,
    dstDone: false,
    anyPort: false,
    seenReply: false,
    confirmed: false,
    mark: 0,
    srcBy: null,
    dstBy: null,
  }
}

export const newCtTable = (_ns: Namespace): CtTable => {
  const entries: CtEntry[] = []
  return {
    find(packet) {
      const tuple = tupleOf(packet)
      for (const entry of entries) {
        if (entry.proto !== packet.proto || entry.family !== packet.family) continue
        if (same(entry.original, tuple)) return { entry, state: entry.seenReply ? 'established' : 'new', dir: 'original' }
        if (same(entry.reply, tuple)) {
          entry.seenReply = true
          return { entry, state: 'established', dir: 'reply' }
        }
      }
      return null
    },
    add(entry) {
      entries.push(entry)
    },
  }
}

/**
 * Can this packet begin a flow? A TCP packet other than SYN cannot, except in the middle of a stream (a bare ACK) while
 * nf_conntrack_tcp_loose is on; of ICMP only requests can (nf_conntrack_proto_icmp.c: valid_new).
 */
const begins = (ns: Namespace, packet: Packet): boolean => {
  if (packet.proto === PROTO.tcp) {
    const flags = packet.tcpFlags & (TCP.SYN | TCP.ACK | TCP.RST | TCP.FIN)
    if (flags === TCP.SYN) return true
    const loose = ns.sysctls.get('net.netfilter.nf_conntrack_tcp_loose')?.value ?? '1'
    return flags === TCP.ACK && loose === '1'
  }
  if (packet.proto === PROTO.icmp) return [8, 13, 15, 17].includes(packet.icmp?.type ?? -1)
  if (packet.proto === PROTO.icmpv6) return [128, 139].includes(packet.icmp?.type ?? -1)
  return true
}

/** Neighbour discovery and router messages are left alone (nf_conntrack_proto_icmpv6.c: noct_valid_new). */
const untrackedIcmp6 = (packet: Packet): boolean => packet.proto === PROTO.icmpv6 && (packet.icmp?.type ?? 0) >= 130 && (packet.icmp?.type ?? 0) <= 137

/** What the conntrack hook at PREROUTING and OUTPUT gives a packet. One that already has an entry (it crossed `lo`) keeps it. */
export const track = (ns: Namespace, table: CtTable, packet: Packet): Ct => {
  if (packet.ct) return packet.ct
  const known = table.find(packet)
  if (known) return known
  const nothing = (state: CtState): Ct => ({ entry: null, state, dir: 'original' })
  if (untrackedIcmp6(packet)) return nothing('untracked')
  return begins(ns, packet) ? { entry: newEntry(packet), state: 'new', dir: 'original' } : nothing('invalid')
}
