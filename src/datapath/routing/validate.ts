/**
 * Is the packet's source credible where it came in? Martians, the host's own address from outside, 127/8, rp_filter.
 * Kernel: net/ipv4/route.c:ip_route_input_slow, net/ipv4/fib_frontend.c:fib_validate_source. IPv6 has none of it.
 */
import { formatIp, isLimitedBroadcast, isLoopback, isMulticast, isUnspecified } from '../../ip/index.js'
import type { Namespace } from '../../model/graph.js'
import type { Link } from '../../model/link.js'
import type { Ref } from '../../model/refs.js'
import type { Choose, Packet } from '../types.js'
import { type FibQuery, lookup } from './fib.js'

export type Validation = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly cites: readonly Ref[] }

const conf = (ns: Namespace, dev: string, name: string) => ns.sysctls.get(`net.ipv4.conf.${dev.replaceAll('.', '/')}.${name}`) ?? null

/** IN_DEV_MAXCONF and IN_DEV_ORCONF: the device's own value or all's, whichever is larger. */
const larger = (ns: Namespace, dev: Link, name: string) => {
  const all = conf(ns, 'all', name)
  const own = conf(ns, dev.name, name)
  return Number(all?.value ?? 0) > Number(own?.value ?? 0) ? all : (own ?? all)
}

const bad = (why: string, cites: readonly (Ref | undefined)[] = []): Validation => ({ ok: false, why, cites: cites.filter((ref) => ref !== undefined) })

export const rpFilter = (ns: Namespace, packet: Packet, choose: Choose): Validation => {
  const { iif, src, dst } = packet
  if (packet.family === 6 || !iif || iif.kind === 'loopback') return { ok: true }
  const source = formatIp(src)
  if (isMulticast(src) || isLimitedBroadcast(src)) return bad(`${source} is no source address: martian`)
  if (isUnspecified(src) && !isLimitedBroadcast(dst)) return bad(`the source is 0.0.0.0: martian`)
  if (isLoopback(src) || isLoopback(dst)) {
    const allowed = larger(ns, iif, 'route_localnet')
    if (allowed?.value !== '1') return bad(`${isLoopback(dst) ? formatIp(dst) : source} came in by ${iif.name}: 127/8 from outside needs route_localnet`, [allowed?.ref])
  }
  const query: FibQuery = {
    family: 4,
    dst: src,
    src: dst,
    iif,
    oif: null,
    mark: conf(ns, 'all', 'src_valid_mark')?.value === '1' || conf(ns, iif.name, 'src_valid_mark')?.value === '1' ? packet.mark : 0,
    tos: packet.tos,
    ipproto: packet.proto,
    sport: packet.dport,
    dport: packet.sport,
    uid: null,
    localOut: false,
  }
  const reverse = lookup(ns, query, choose)
  if (reverse.kind === 'route' && reverse.route.type === 'local') {
    const accept = larger(ns, iif, 'accept_local')
    if (accept?.value !== '1') return bad(`${source} is this namespace's own address, but the packet came in by ${iif.name}`, [reverse.route.ref])
    return { ok: true }
  }
  const filter = larger(ns, iif, 'rp_filter')
  const strictness = Number(filter?.value ?? 0)
  if (strictness === 0) return { ok: true }
  const key = filter ? `${filter.key} = ${filter.value}` : 'rp_filter'
  if (reverse.kind === 'error' || reverse.route.type !== 'unicast')
    return bad(`no route back to ${source}: refused by reverse path filter, ${key}`, [filter?.ref, ...reverse.cites])
  if (strictness === 2 || reverse.legs.some((leg) => leg.dev === iif.name)) return { ok: true }
  return bad(`answers to ${source} would leave by ${reverse.legs[0]?.dev ?? '?'}, not ${iif.name}: refused by reverse path filter, ${key}`, [filter?.ref, ...reverse.cites])
}
