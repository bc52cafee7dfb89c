/**
 * The FIB lookup: policy rules in order, each choosing a table; in the table the longest prefix, then TOS, then the lowest metric.
 * Kernel: net/core/fib_rules.c:fib_rules_lookup, net/ipv4/fib_trie.c:fib_table_lookup, net/ipv6/ip6_fib.c.
 *
 * In: a namespace and a query. Out: the route with its legs (several: the caller chooses), or how the lookup failed.
 */
import { contains, newPrefixTable, type PrefixTable } from '../../ip/index.js'
import type { Family, Ip } from '../../ip/types.js'
import type { Namespace } from '../../model/graph.js'
import type { Link } from '../../model/link.js'
import type { Ref } from '../../model/refs.js'
import type { NextHop, PolicyRule, Route } from '../../model/route.js'
import type { Choose } from '../types.js'
import { DEFAULT_RULES } from './default-rules.js'
import { selects } from './selector.js'

export interface FibQuery {
  readonly family: Family
  readonly dst: Ip
  /** null: not chosen yet (an unbound socket) */
  readonly src: Ip | null
  /** null: locally generated */
  readonly iif: Link | null
  /** device a socket is bound to */
  readonly oif: Link | null
  readonly mark: number
  readonly tos: number
  readonly ipproto: number
  readonly sport: number | null
  readonly dport: number | null
  readonly uid: number | null
  readonly localOut: boolean
}

export type RouteResult =
  | { readonly kind: 'route'; readonly route: Route; readonly legs: readonly NextHop[]; readonly rule: PolicyRule; readonly cites: readonly Ref[] }
  | { readonly kind: 'error'; readonly type: 'no-route' | 'unreachable' | 'prohibit' | 'blackhole'; readonly rule: PolicyRule | null; readonly cites: readonly Ref[] }

interface Index {
  readonly tables: ReadonlyMap<string, PrefixTable<Route>>
  readonly rules: readonly PolicyRule[]
}

const indexes = new WeakMap<Namespace, { readonly v4: Index; readonly v6: Index }>()

const buildIndex = (ns: Namespace, family: Family): Index => {
  const tables = new Map<string, PrefixTable<Route>>()
  for (const route of ns.routes) {
    if (route.family !== family) continue
    let table = tables.get(route.table)
    if (!table) {
      table = newPrefixTable<Route>()
      tables.set(route.table, table)
    }
    table.add(route.dst, route)
  }
  const rules = ns.rules.filter((rule) => rule.family === family)
  return { tables, rules: rules.length > 0 ? rules.toSorted((a, b) => a.priority - b.priority) : DEFAULT_RULES[family] }
}

const indexOf = (ns: Namespace, family: Family): Index => {
  let index = indexes.get(ns)
  if (!index) {
    index = { v4: buildIndex(ns, 4), v6: buildIndex(ns, 6) }
    indexes.set(ns, index)
  }
  return family === 4 ? index.v4 : index.v6
}

const ignoresLinkdown = (ns: Namespace, family: Family, dev: string): boolean => {
  const name = dev.replaceAll('.', '/')
  return ['all', name].some((key) => ns.sysctls.get(`net.ipv${family}.conf.${key}.ignore_routes_with_linkdown`)?.value === '1')
}

/** A route over a device without carrier stays and is used, unless ignore_routes_with_linkdown says otherwise. */
const liveLegs = (ns: Namespace, route: Route, query: FibQuery): readonly NextHop[] =>
  route.nexthops.filter((leg) => {
    if (leg.flags.includes('dead')) return false
    if (leg.flags.includes('linkdown') && leg.dev !== null && ignoresLinkdown(ns, route.family, leg.dev)) return false
    return query.oif === null || leg.dev === query.oif.name
  })

const ERRORS: ReadonlySet<string> = new Set(['blackhole', 'unreachable', 'prohibit', 'throw'])

/** Several IPv6 routes of one prefix and metric are one multipath route. */
const siblings = (ns: Namespace, candidates: readonly Route[], best: Route, query: FibQuery): readonly NextHop[] => {
  if (best.family === 4 || best.type !== 'unicast') return liveLegs(ns, best, query)
  const equal = candidates.filter((route) => route.metric === best.metric && route.type === 'unicast' && route.nexthops.some((leg) => leg.via !== null))
  return equal.length > 1 && best.nexthops.some((leg) => leg.via !== null) ? equal.flatMap((route) => liveLegs(ns, route, query)) : liveLegs(ns, best, query)
}

const inTable = (ns: Namespace, table: PrefixTable<Route> | undefined, query: FibQuery): { readonly route: Route; readonly legs: readonly NextHop[] } | null => {
  if (!table) return null
  for (const routes of table.matches(query.dst)) {
    const usable = routes.filter((route) => {
      if (route.tos !== 0 && route.tos !== (query.tos & 0x1c)) return false
      if (route.src && !(query.src && contains(route.src, query.src))) return false
      return ERRORS.has(route.type) || liveLegs(ns, route, query).length > 0
    })
    const best = usable.toSorted((a, b) => b.tos - a.tos || Number(b.src !== null) - Number(a.src !== null) || a.metric - b.metric)[0]
    if (best) return { route: best, legs: ERRORS.has(best.type) ? [] : siblings(ns, usable, best, query) }
  }
  return null
}

/** suppress_prefixlength and suppress_ifgroup take back a found route; an error route is an answer and stays. */
const suppressed = (ns: Namespace, rule: PolicyRule, found: { readonly route: Route; readonly legs: readonly NextHop[] }): boolean => {
  if (ERRORS.has(found.route.type)) return false
  if (rule.suppressPrefixLength !== null && found.route.dst.length <= rule.suppressPrefixLength) return true
  if (rule.suppressIfGroup === null) return false
  const dev = ns.links.find((link) => link.name === found.legs[0]?.dev)
  return dev !== undefined && String((dev as { group?: string }).group ?? 'default') === rule.suppressIfGroup
}

export const lookup = (ns: Namespace, query: FibQuery, choose: Choose): RouteResult => {
  const { tables, rules } = indexOf(ns, query.family)
  let skipTo = -1
  for (const rule of rules) {
    if (rule.priority < skipTo) continue
    const match = selects(rule, query)
    if (match === false) continue
    if (match === 'unknown' && choose(`policy rule ${rule.ref.text} of ${ns.name}`, ['does not match', 'matches']) === 0) continue
    const { action } = rule
    switch (action.kind) {
      case 'nop':
        continue
      case 'goto':
        skipTo = action.priority
        continue
      case 'blackhole':
      case 'unreachable':
      case 'prohibit':
        return { kind: 'error', type: action.kind, rule, cites: [rule.ref] }
      case 'l3mdev':
      case 'lookup': {
        const name = action.kind === 'lookup' ? action.table : vrfTable(ns, query)
        if (name === null) continue
        const found = inTable(ns, tables.get(name), query)
        if (!found || found.route.type === 'throw' || suppressed(ns, rule, found)) continue
        if (found.route.type === 'blackhole' || found.route.type === 'unreachable' || found.route.type === 'prohibit')
          return { kind: 'error', type: found.route.type, rule, cites: [found.route.ref] }
        return { kind: 'route', route: found.route, legs: found.legs, rule, cites: cited(found.route, rule) }
      }
    }
  }
  return { kind: 'error', type: 'no-route', rule: null, cites: [] }
}

/** The rule is worth citing where it is not one of the three that every host has. */
const cited = (route: Route, rule: PolicyRule): readonly Ref[] =>
  rule.priority === 0 || rule.priority === 32766 || rule.priority === 32767 ? [route.ref] : [rule.ref, route.ref]

/** The table of the VRF that the packet's device belongs to. */
const vrfTable = (ns: Namespace, query: FibQuery): string | null => {
  const dev = query.iif ?? query.oif
  const master = dev?.kind === 'vrf' ? dev : ns.links.find((link) => link.name === dev?.master && link.kind === 'vrf')
  const table = master?.info['table']
  return table === undefined || table === null ? null : String(table)
}
