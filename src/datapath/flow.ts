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

/** "172.17.0.2 → 8.8.8.8  icmp echo request", "172.18.0.2 → [fd00::3]:5432  tcp" */
export const describe = (packet: Packet): string => {
  const port = packet.dport === null ? '' : `:${packet.dport}`
  const dst = packet.family === 6 && port !== '' ? `[${formatIp(packet.dst)}]` : formatIp(packet.dst)
  return `${formatIp(packet.src)} → ${dst}${port}  ${protoName(packet.proto)}${icmpKind(packet)}`
}

const icmpKind = (packet: Packet): string => {
  if (!packet.icmp) return ''
  const echo = packet.proto === PROTO.icmp ? { 8: ' echo request', 0: ' echo reply' } : { 128: ' echo request', 129: ' echo reply' }
  return (echo as Record<number, string>)[packet.icmp.type] ?? ` type ${packet.icmp.type}`
}
