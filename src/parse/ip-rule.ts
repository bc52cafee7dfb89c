/**
 * `ip -4|-6 -j -d rule show` → policy rules.
 *
 *   [{"priority":0,"src":"all","table":"local","protocol":"kernel"},
 *    {"priority":100,"src":"10.0.0.0","srclen":8,"fwmark":"0x1","fwmask":"0xff","table":"100","protocol":"boot"},
 *    {"priority":200,"not":null,"src":"all","iif":"eth0","table":"main","suppress_prefixlen":0},
 *    {"priority":300,"src":"all","ipproto":"tcp","dport_start":80,"dport_end":90,"goto":400},
 *    {"priority":1000,"src":"all","l3mdev":null}, {"priority":500,"src":"all","action":"unreachable"}]
 */
import { formatPrefix, parsePrefix, prefixOf, parseIp, width } from '../ip/index.js'
import type { Family, Prefix } from '../ip/types.js'
import type { PolicyRule, RuleAction } from '../model/route.js'
import { type JsonObject, jsonRecords, num, type Parsed, str } from './json.js'

const KNOWN = new Set([
  'priority', 'src', 'srclen', 'dst', 'dstlen', 'not', 'iif', 'iif_detached', 'oif', 'oif_detached', 'fwmark', 'fwmask', 'tos', 'ipproto', 'sport',
  'sport_start', 'sport_end', 'dport', 'dport_start', 'dport_end', 'uid_start', 'uid_end', 'table', 'suppress_prefixlen', 'suppress_ifgroup', 'goto',
  'nop', 'action', 'l3mdev', 'protocol', 'unresolved',
])

const PROTOCOLS: ReadonlyMap<string, number> = new Map([['icmp', 1], ['tcp', 6], ['udp', 17], ['gre', 47], ['ipv6-icmp', 58], ['sctp', 132]])

const prefix = (record: JsonObject, key: 'src' | 'dst', family: Family): Prefix | null => {
  const text = str(record, key)
  if (text === null || text === 'all') return null
  const ip = parseIp(text)
  return ip ? prefixOf(ip, num(record, `${key}len`) ?? width(family)) : parsePrefix(text, family)
}

const range = (record: JsonObject, key: string): readonly [number, number] | null => {
  const one = num(record, key)
  if (one !== null) return [one, one]
  const from = num(record, `${key}_start`)
  const to = num(record, `${key}_end`)
  return from === null || to === null ? null : [from, to]
}

const action = (record: JsonObject): RuleAction => {
  const target = num(record, 'goto') ?? (str(record, 'goto') === null ? null : Number(str(record, 'goto')))
  if (target !== null && Number.isFinite(target)) return { kind: 'goto', priority: target }
  if ('nop' in record) return { kind: 'nop' }
  if ('l3mdev' in record) return { kind: 'l3mdev' }
  const named = str(record, 'action')
  if (named === 'blackhole' || named === 'unreachable' || named === 'prohibit' || named === 'nop') return { kind: named }
  return { kind: 'lookup', table: str(record, 'table') ?? 'main' }
}

const hex = (text: string | null): number | null => (text === null ? null : Number(text) >>> 0)

const ruleText = (rule: Omit<PolicyRule, 'ref'>): string => {
  const parts = [
    `${rule.priority}:`,
    rule.not ? 'not' : '',
    `from ${rule.src ? formatPrefix(rule.src) : 'all'}`,
    rule.dst ? `to ${formatPrefix(rule.dst)}` : '',
    rule.tos === null ? '' : `tos 0x${rule.tos.toString(16)}`,
    rule.fwmark ? `fwmark 0x${rule.fwmark.value.toString(16)}${rule.fwmark.mask === 0xffffffff ? '' : `/0x${rule.fwmark.mask.toString(16)}`}` : '',
    rule.iif === null ? '' : `iif ${rule.iif}`,
    rule.oif === null ? '' : `oif ${rule.oif}`,
    rule.uidrange ? `uidrange ${rule.uidrange.join('-')}` : '',
    rule.ipproto === null ? '' : `ipproto ${rule.ipproto}`,
    rule.sport ? `sport ${rule.sport.join('-')}` : '',
    rule.dport ? `dport ${rule.dport.join('-')}` : '',
    rule.action.kind === 'lookup' ? `lookup ${rule.action.table}` : rule.action.kind === 'goto' ? `goto ${rule.action.priority}` : rule.action.kind,
    rule.suppressPrefixLength === null ? '' : `suppress_prefixlength ${rule.suppressPrefixLength}`,
    rule.suppressIfGroup === null ? '' : `suppress_ifgroup ${rule.suppressIfGroup}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

export const parseIpRule = (text: string, evidence: string, family: Family): Parsed<PolicyRule> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.map((record, index): PolicyRule => {
    const mark = hex(str(record, 'fwmark'))
    const proto = str(record, 'ipproto')
    const tos = str(record, 'tos')
    const ifgroup = record['suppress_ifgroup']
    const rule: Omit<PolicyRule, 'ref'> = {
      family,
      priority: num(record, 'priority') ?? 0,
      not: 'not' in record,
      src: prefix(record, 'src', family),
      dst: prefix(record, 'dst', family),
      iif: str(record, 'iif'),
      oif: str(record, 'oif'),
      fwmark: mark === null ? null : { value: mark, mask: hex(str(record, 'fwmask')) ?? 0xffffffff },
      tos: tos === null ? null : Number(tos),
      ipproto: proto === null ? null : (PROTOCOLS.get(proto) ?? Number(proto.replace(/^ipproto-/, ''))),
      sport: range(record, 'sport'),
      dport: range(record, 'dport'),
      uidrange: num(record, 'uid_start') === null ? null : [num(record, 'uid_start') ?? 0, num(record, 'uid_end') ?? 0xffffffff],
      suppressPrefixLength: num(record, 'suppress_prefixlen') ?? num(record, 'suppress_prefixlength'),
      suppressIfGroup: ifgroup === undefined || ifgroup === null ? null : String(ifgroup),
      action: action(record),
      unknown: Object.keys(record).filter((key) => !KNOWN.has(key)),
    }
    return { ...rule, ref: { evidence, line: index + 1, text: ruleText(rule) } }
  })
  return { facts, gaps }
}
