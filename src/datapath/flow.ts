/** A packet's addresses the way users see them in `before` and `after`. */
import { formatIp } from '../ip/index.js'
import { type FlowView, type Packet, PROTO } from './types.js'

const NAMES: ReadonlyMap<number, string> = new Map(Object.entries(PROTO).map(([name, number]) => [number, name]))

/** "tcp", "udp", "icmp", "icmpv6", …, else the number as text */
export const protoName = (proto: number): string => NAMES.get(proto) ?? String(proto)

export const flowView = (packet: Packet): FlowView => ({
  src: formatIp(packet.src),
  dst: formatIp(packet.dst),
  proto: protoName(packet.proto),
  sport: packet.ct?.entry?.anyPort ? 'any' : packet.sport,
  dport: packet.dport,
  mark: packet.mark,
})
