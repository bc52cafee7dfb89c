/** What rules ask of routing (`addrtype`, `fib`, `rpfilter`, MASQUERADE, REDIRECT), answered by the same code that routes packets. */
import { equalIp, isLimitedBroadcast, isLoopback, isMulticast } from '../../ip/index.js'
import type { Ip } from '../../ip/types.js'
import type { Namespace } from '../../model/graph.js'
import type { Link } from '../../model/link.js'
import type { AddressType, Choose, FibOracle, Packet } from '../types.js'
import { type FibQuery, lookup } from './fib.js'
import { masqueradeAddress, redirectAddress } from './source.js'

/** inet_addr_type: the `local` table only, whatever the rules say. */
const type4 = (ns: Namespace, ip: Ip, dev: Link | null): AddressType => {
  if (isLimitedBroadcast(ip)) return 'broadcast'
  if (isMulticast(ip)) return 'multicast'
  const entries = ns.routes.filter((route) => route.family === 4 && route.table === 'local' && (route.type === 'local' || route.type === 'broadcast'))
  const exact = entries.find((route) => route.dst.length === 32 && equalIp(route.dst.ip, ip) && (dev === null || route.nexthops[0]?.dev === dev.name))
  if (exact) return exact.type as AddressType
  if (isLoopback(ip) && (dev === null || dev.kind === 'loopback')) return 'local'
  return 'unicast'
}

const type6 = (ns: Namespace, ip: Ip, dev: Link | null): AddressType => {
  if (isMulticast(ip)) return 'multicast'
  const entry = ns.routes.find(
    (route) => route.family === 6 && route.table === 'local' && (route.type === 'local' || route.type === 'anycast') && route.dst.length === 128 && equalIp(route.dst.ip, ip) && (dev === null || route.nexthops[0]?.dev === dev.name),
  )
  return entry ? (entry.type as AddressType) : 'unicast'
}

export const makeFib = (ns: Namespace, choose: Choose): FibOracle => ({
  addressType: (ip, dev) => (ip.family === 4 ? type4(ns, ip, dev) : type6(ns, ip, dev)),
  lookup(packet: Packet, dst: Ip, mark: number) {
    const query: FibQuery = {
      family: packet.family,
      dst,
      src: equalIp(dst, packet.src) ? packet.dst : packet.src,
      iif: equalIp(dst, packet.src) ? null : packet.iif,
      oif: null,
      mark,
      tos: packet.tos,
      ipproto: packet.proto,
      sport: null,
      dport: null,
      uid: null,
      localOut: packet.iif === null || equalIp(dst, packet.src),
    }
    const result = lookup(ns, query, choose)
    if (result.kind === 'error') return { dev: null, type: result.type === 'no-route' ? 'unreachable' : result.type }
    const name = result.route.nexthops[0]?.dev ?? null
    return { dev: ns.links.find((link) => link.name === name) ?? null, type: result.route.type as AddressType }
  },
  masqueradeAddress: (dev, nextHop, dst) => masqueradeAddress(ns, dev, nextHop, dst),
  redirectAddress: (dev, family) => redirectAddress(dev, family),
})
