/** Is a packet in an ipset? Kernel: net/netfilter/ipset. Element parts are compared in the order of the set's type ("hash:ip,port"). */
import { contains, parseIp, parsePrefix, compareIp, normaliseMac } from '../../ip/index.js'
import type { Ip } from '../../ip/types.js'
import type { NamedSet } from '../../model/rule.js'
import type { IpsetElement } from '../../model/ipset.js'
import { protoName } from '../flow.js'
import type { Packet } from '../types.js'

const inPart = (part: string, ip: Ip): boolean => {
  const range = part.split('-')
  if (range.length === 2) {
    const [from, to] = range.map((text) => parseIp(text ?? ''))
    return !!from && !!to && from.family === ip.family && compareIp(from, ip) <= 0 && compareIp(ip, to) <= 0
  }
  const prefix = parsePrefix(part, ip.family)
  return prefix !== null && contains(prefix, ip)
}

/** "tcp:80", "80", "udp:1000-2000" */
const inPort = (part: string, packet: Packet, port: number | null): boolean => {
  const [proto, range] = part.includes(':') ? part.split(':') : ['tcp', part]
  if (protoName(packet.proto) !== proto || port === null) return false
  const [from, to] = (range ?? '').split('-').map(Number)
  return from !== undefined && port >= from && port <= (to ?? from)
}

const partMatches = (kind: string, part: string, field: 'src' | 'dst', packet: Packet): boolean => {
  switch (kind) {
    case 'ip':
    case 'net':
      return inPart(part, field === 'src' ? packet.src : packet.dst)
    case 'port':
      return inPort(part, packet, field === 'src' ? packet.sport : packet.dport)
    case 'iface': {
      const link = field === 'src' ? packet.iif : packet.oif
      const phys = field === 'src' ? packet.physIn : packet.physOut
      return part.startsWith('physdev:') ? phys?.name === part.slice(8) : link?.name === part
    }
    case 'mac':
      return packet.srcMac !== null && normaliseMac(part) === packet.srcMac
    case 'mark':
      return Number(part) >>> 0 === packet.mark >>> 0
    default:
      return false
  }
}

/** null: the set, or a set it lists, was not recorded. The most specific element decides, so that `nomatch` makes its exception. */
export const inIpset = (sets: ReadonlyMap<string, NamedSet>, name: string, fields: readonly ('src' | 'dst')[], packet: Packet, depth = 0): boolean | null => {
  const set = sets.get(name)
  if (!set || depth > 8) return null
  const elements = set.elements as readonly IpsetElement[]
  if (set.type === 'list:set') {
    const answers = elements.map((element) => inIpset(sets, element.parts[0] ?? '', fields, packet, depth + 1))
    return answers.includes(true) ? true : answers.includes(null) ? null : false
  }
  const family = set.flags[set.flags.indexOf('family') + 1] === 'inet6' ? 6 : 4
  if (/ip|net/.test(set.type) && packet.family !== family) return false
  const kinds = set.type.replace(/^\w+:/, '').split(',')
  const hits = elements.filter((element) => kinds.every((kind, index) => partMatches(kind, element.parts[index] ?? '', fields[index] ?? 'src', packet)))
  const specificity = (element: IpsetElement): number => Number((element.parts.find((part) => part.includes('/')) ?? '/128').split('/')[1])
  const best = hits.toSorted((a, b) => specificity(b) - specificity(a))[0]
  return best !== undefined && !best.nomatch
}

