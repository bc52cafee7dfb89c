/**
 * Which of its addresses a host uses. IPv4: net/ipv4/devinet.c:inet_select_addr. IPv6: RFC 6724 as in net/ipv6/addrconf.c.
 */
import { contains, equalIp, isLinkLocal, isLoopback, prefixOf } from '../../ip/index.js'
import type { Family, Ip } from '../../ip/types.js'
import type { Namespace } from '../../model/graph.js'
import { type Address, isUp, type Link } from '../../model/link.js'
import type { NextHop, Route } from '../../model/route.js'

const SCOPES: ReadonlyMap<string, number> = new Map([['global', 0], ['site', 200], ['link', 253], ['host', 254], ['nowhere', 255]])
const scopeOf = (name: string): number => SCOPES.get(name) ?? (Number(name) || 0)

/** The kernel keeps wider scopes later: addresses of scope link stand before global ones (devinet.c:__inet_insert_ifa). */
const inKernelOrder = (addresses: readonly Address[]): readonly Address[] => {
  const four = addresses.filter((address) => address.ip.family === 4)
  return four.toSorted((a, b) => Number(a.flags.includes('secondary')) - Number(b.flags.includes('secondary')) || scopeOf(b.scope) - scopeOf(a.scope))
}

/** First primary address whose subnet holds `target`, else the first primary of a wide enough scope; then any device's. */
const select4 = (ns: Namespace, dev: Link, target: Ip, scope: number): Ip | null => {
  let fallback: Ip | null = null
  for (const address of inKernelOrder(dev.addresses)) {
    if (address.flags.includes('secondary') || scopeOf(address.scope) > scope) continue
    if (contains(prefixOf(address.peer ?? address.ip, address.prefixLength), target)) return address.ip
    fallback ??= address.ip
  }
  if (fallback) return fallback
  for (const link of ns.links)
    for (const address of inKernelOrder(link.addresses))
      if (isUp(link) && !address.flags.includes('secondary') && scopeOf(address.scope) !== 253 && scopeOf(address.scope) <= scope) return address.ip
  return null
}

/** RFC 6724 §3.1: the scopes of an address, wider is larger. */
const scope6 = (ip: Ip): number => (isLoopback(ip) || isLinkLocal(ip) ? 2 : 14)

const commonBits = (a: Ip, b: Ip): number => {
  if (a.family !== 6 || b.family !== 6) return 0
  const diff = a.value ^ b.value
  return diff === 0n ? 128 : 128 - diff.toString(2).length
}

/** RFC 6724 §2.1 default policy table, by label. */
const label6 = (ip: Ip): number => {
  if (ip.family !== 6) return 4
  if (ip.value === 1n) return 0
  const top = ip.value >> 112n
  if (ip.value >> 32n === 0xffffn) return 4
  if (top === 0x2002n) return 2
  if (ip.value >> 96n === 0x20010000n) return 5
  if (ip.value >> 121n === 0xfcn >> 1n) return 13
  return 1
}

const usable6 = (address: Address): boolean => address.ip.family === 6 && !address.flags.includes('tentative') && !address.flags.includes('dadfailed')

const select6 = (ns: Namespace, dev: Link, dst: Ip): Ip | null => {
  const all = ns.links.flatMap((link) => (isUp(link) ? link.addresses.filter(usable6).map((address) => ({ address, link })) : []))
  const candidates = scope6(dst) === 2 ? all.filter(({ link }) => link.index === dev.index) : all.filter(({ address, link }) => !isLoopback(address.ip) && (scope6(address.ip) > 2 || link.index === dev.index))
  const better = (a: (typeof all)[number], b: (typeof all)[number]): number => {
    const equal = Number(equalIp(b.address.ip, dst)) - Number(equalIp(a.address.ip, dst))
    if (equal !== 0) return equal
    const [sa, sb, sd] = [scope6(a.address.ip), scope6(b.address.ip), scope6(dst)]
    if (sa !== sb) return sa < sb ? (sa < sd ? 1 : -1) : sb < sd ? -1 : 1
    const deprecated = Number(a.address.flags.includes('deprecated')) - Number(b.address.flags.includes('deprecated'))
    if (deprecated !== 0) return deprecated
    const outgoing = Number(b.link.index === dev.index) - Number(a.link.index === dev.index)
    if (outgoing !== 0) return outgoing
    const label = Number(label6(b.address.ip) === label6(dst)) - Number(label6(a.address.ip) === label6(dst))
    if (label !== 0) return label
    const bits = (one: (typeof all)[number]): number => Math.min(commonBits(one.address.ip, dst), one.address.prefixLength)
    return bits(b) - bits(a)
  }
  return candidates.toSorted(better)[0]?.address.ip ?? null
}

/** The source of a packet that nobody bound: null where the namespace has no address of that family. */
export const sourceAddress = (ns: Namespace, route: Route, leg: NextHop | null, dst: Ip): Ip | null => {
  if (route.prefsrc) return route.prefsrc
  const dev = ns.links.find((link) => link.name === (route.type === 'local' ? route.nexthops[0]?.dev : leg?.dev))
  if (!dev) return null
  if (dst.family === 6) return select6(ns, dev, dst)
  const scope = route.type === 'local' ? 254 : leg?.via ? 0 : scopeOf(route.scope)
  return select4(ns, dev, leg?.via?.family === 4 ? leg.via : dst, Math.max(scope, route.scope === 'link' ? 253 : 0))
}

/** inet_select_addr(out, next hop, RT_SCOPE_UNIVERSE): the route's `src` is not asked, secondaries never taken. */
export const masqueradeAddress = (ns: Namespace, dev: Link, nextHop: Ip, dst: Ip): Ip | null =>
  dst.family === 6 ? select6(ns, dev, dst) : select4(ns, dev, nextHop, 0)

/** REDIRECT: the incoming device's first address; for local output the loopback address. */
export const redirectAddress = (dev: Link | null, family: Family): Ip | null => {
  if (!dev) return family === 4 ? { family: 4, value: 0x7f000001 } : { family: 6, value: 1n }
  if (family === 4) return inKernelOrder(dev.addresses)[0]?.ip ?? null
  return dev.addresses.find((address) => usable6(address) && !isLinkLocal(address.ip))?.ip ?? null
}
