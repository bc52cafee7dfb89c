/** The first packet of a flow, as its sender makes it. */
import type { Family, Ip } from '../../ip/types.js'
import { type Packet, PROTO, TCP } from '../../datapath/types.js'

export type CtWanted = 'new' | 'established'

/** What the user may say about the packet besides its ends; absent fields are the sender's free choice. */
export interface PacketOptions {
  readonly proto: 'icmp' | 'tcp' | 'udp' | 'sctp' | null
  readonly sport: number | null
  readonly dport: number | null
  readonly src: Ip | null
  readonly mark: number | null
  /** L3 bytes */
  readonly length: number | null
  readonly ttl: number | null
  readonly df: boolean
}

/**
 * The source port a client gets is the kernel's choice from net.ipv4.ip_local_port_range. Rules hardly ever look at it; this one is in
 * every such range, and is shown as unknown.
 */
export const EPHEMERAL_PORT = 49_152

const unspecified = (family: Family): Ip => (family === 4 ? { family: 4, value: 0 } : { family: 6, value: 0n })

const protocol = (options: PacketOptions, family: Family): number => {
  const name = options.proto ?? (options.dport === null ? 'icmp' : 'tcp')
  if (name === 'icmp') return family === 4 ? PROTO.icmp : PROTO.icmpv6
  return PROTO[name]
}

/** ping's 84 bytes, a SYN's 60 (IPv4) or 80, a small datagram: what real first packets measure. */
const usualLength = (proto: number, family: Family): number => {
  const header = family === 4 ? 20 : 40
  if (proto === PROTO.tcp) return header + 40
  if (proto === PROTO.udp) return header + 12
  return header + 64
}

export const firstPacket = (dst: Ip, options: PacketOptions): Packet => {
  const { family } = dst
  const proto = protocol(options, family)
  const ports = proto === PROTO.tcp || proto === PROTO.udp || proto === PROTO.sctp
  const echo = proto === PROTO.icmp ? 8 : proto === PROTO.icmpv6 ? 128 : null
  return {
    family,
    src: options.src ?? unspecified(family),
    dst,
    proto,
    sport: ports ? (options.sport ?? EPHEMERAL_PORT) : null,
    dport: ports ? options.dport : null,
    icmp: echo === null ? null : { type: echo, code: 0, id: 1 },
    tcpFlags: proto === PROTO.tcp ? TCP.SYN : 0,
    ttl: options.ttl ?? 64,
    length: options.length ?? usualLength(proto, family),
    df: options.df,
    fragment: false,
    tos: 0,
    mark: options.mark ?? 0,
    priority: 0,
    srcMac: null,
    dstMac: null,
    iif: null,
    oif: null,
    physIn: null,
    physOut: null,
    ct: null,
    owner: { uid: null, pid: null },
  }
}

/** The answer to `packet` as the one who got it sends it. */
export const answerTo = (packet: Packet): Packet => ({
  ...packet,
  src: packet.dst,
  dst: packet.src,
  sport: packet.dport,
  dport: packet.sport,
  icmp: packet.icmp ? { ...packet.icmp, type: packet.icmp.type === 8 ? 0 : packet.icmp.type === 128 ? 129 : packet.icmp.type } : null,
  tcpFlags: packet.proto === PROTO.tcp ? TCP.SYN | TCP.ACK : 0,
  ttl: 64,
  mark: 0,
  tos: 0,
  srcMac: null,
  dstMac: null,
  iif: null,
  oif: null,
  physIn: null,
  physOut: null,
  ct: null,
  owner: { uid: null, pid: null },
})
