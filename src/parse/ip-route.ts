/**
 * `ip -4|-6 -j -d route show table all` → routes; `ip -j nexthop show` → next hop objects that routes name by id.
 *
 *   [{"type":"unicast","dst":"default","gateway":"172.17.0.1","dev":"eth0","table":"main","protocol":"boot","scope":"global","flags":[]},
 *    {"type":"unicast","dst":"198.51.100.0/24","table":"main","nexthops":[{"gateway":"10.0.0.1","dev":"a","weight":1,"flags":[]},…]},
 *    {"type":"local","dst":"172.17.0.1","dev":"docker0","table":"local","protocol":"kernel","scope":"host","prefsrc":"172.17.0.1"}]
 *
 * The table is left out where it is main and no table was asked for.
 */
import { formatIp, formatPrefix, parseIp, parsePrefix, width } from '../ip/index.js'
import type { Family, Ip } from '../ip/types.js'
import type { NextHop, Route, RouteType } from '../model/route.js'
import { type JsonObject, jsonRecords, num, object, objects, type Parsed, str, strings } from './json.js'

const TYPES = new Set(['unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit', 'throw', 'nat'])

const viaOf = (record: JsonObject): Ip | null => parseIp(str(record, 'gateway') ?? str(object(record['via']), 'host') ?? '')

const legOf = (record: JsonObject): NextHop => ({
  dev: str(record, 'dev'),
  via: viaOf(record),
  weight: num(record, 'weight') ?? 1,
  flags: strings(record['flags']),
})

/** Legs of next hop objects by id; a group is its members' legs. */
export const parseNexthops = (text: string, evidence: string): { readonly byId: ReadonlyMap<number, readonly NextHop[]>; readonly gaps: Parsed<never>['gaps'] } => {
  const { records, gaps } = jsonRecords(text, evidence)
  const byId = new Map<number, readonly NextHop[]>()
  for (const record of records) {
    const id = num(record, 'id')
    if (id === null || record['group'] !== undefined) continue
    const dead = record['blackhole'] !== undefined
    byId.set(id, dead ? [{ dev: null, via: null, weight: 1, flags: ['blackhole'] }] : [legOf(record)])
  }
  for (const record of records) {
    const id = num(record, 'id')
    if (id === null || record['group'] === undefined) continue
    byId.set(
      id,
      objects(record['group']).flatMap((member) => (byId.get(num(member, 'id') ?? -1) ?? []).map((leg) => ({ ...leg, weight: num(member, 'weight') ?? 1 }))),
    )
  }
  return { byId, gaps }
}

const metrics = (record: JsonObject): JsonObject => objects(record['metrics'])[0] ?? object(record['metrics'])

/** The way `ip route` prints it. */
const routeText = (route: Omit<Route, 'ref'>): string => {
  const leg = (hop: NextHop): string => `${hop.via ? ` via ${hop.via.family === route.family ? '' : 'inet6 '}${formatIp(hop.via)}` : ''}${hop.dev ? ` dev ${hop.dev}` : ''}`
  const dst = route.dst.length === 0 ? 'default' : route.dst.length === width(route.family) ? formatIp(route.dst.ip) : formatPrefix(route.dst)
  const type = route.type === 'unicast' ? '' : `${route.type} `
  const from = route.src ? ` from ${formatPrefix(route.src)}` : ''
  const table = route.table === 'main' || route.table === 'local' ? '' : ` table ${route.table}`
  const legs = route.nexthops.length === 1 ? route.nexthops.map(leg).join('') : ''
  const many = route.nexthops.length > 1 ? route.nexthops.map((hop) => ` nexthop${leg(hop)} weight ${hop.weight}`).join('') : ''
  const rest = `${table}${route.protocol === 'boot' || route.protocol === '' ? '' : ` proto ${route.protocol}`}${route.scope === 'global' || route.family === 6 ? '' : ` scope ${route.scope}`}${route.prefsrc ? ` src ${formatIp(route.prefsrc)}` : ''}${route.metric ? ` metric ${route.metric}` : ''}`
  const flags = [...new Set(route.nexthops.flatMap((hop) => hop.flags))].map((flag) => ` ${flag}`).join('')
  return `${type}${dst}${from}${legs}${rest}${flags}${many}`
}

export const parseIpRoute = (text: string, evidence: string, family: Family, nexthops: ReadonlyMap<number, readonly NextHop[]> = new Map()): Parsed<Route> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.flatMap((record, index): Route[] => {
    const dst = parsePrefix(str(record, 'dst') ?? '', family)
    const type = str(record, 'type') ?? 'unicast'
    if (!dst || !TYPES.has(type)) return []
    const from = str(record, 'from') ?? str(record, 'src')
    const nhid = num(record, 'nhid')
    const legs = objects(record['nexthops']).map(legOf)
    const own = legs.length > 0 ? legs : str(record, 'dev') === null && viaOf(record) === null ? [] : [legOf(record)]
    const tos = str(record, 'tos')
    const route: Omit<Route, 'ref'> = {
      family,
      table: str(record, 'table') ?? (type === 'local' || type === 'broadcast' || type === 'anycast' ? 'local' : 'main'),
      type: type as RouteType,
      dst,
      src: from === null ? null : parsePrefix(from, family),
      nexthops: nhid !== null && own.length === 0 ? (nexthops.get(nhid) ?? []) : nhid !== null ? (nexthops.get(nhid) ?? own) : own,
      prefsrc: parseIp(str(record, 'prefsrc') ?? ''),
      metric: num(record, 'metric') ?? 0,
      tos: tos === null ? 0 : (TOS_NAMES.get(tos) ?? (Number(tos) || 0)),
      scope: str(record, 'scope') ?? 'global',
      protocol: str(record, 'protocol') ?? '',
      mtu: num(metrics(record), 'mtu') ?? num(record, 'mtu'),
      nhid,
    }
    return [{ ...route, ref: { evidence, line: index + 1, text: routeText(route) } }]
  })
  return { facts, gaps }
}

/** iproute2's etc/iproute2/rt_dsfield, the names it prints for TOS values. */
const TOS_NAMES: ReadonlyMap<string, number> = new Map([
  ['default', 0],
  ['lowdelay', 0x10],
  ['throughput', 0x08],
  ['reliability', 0x04],
])
