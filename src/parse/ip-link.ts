/**
 * `ip -j -d link show` → links, and `ip -j -d addr show` → their addresses.
 *
 *   [{"ifindex":4,"link_index":3,"ifname":"veth26817b8","flags":["BROADCAST","UP","LOWER_UP"],"mtu":1500,"master":"docker0",
 *     "operstate":"UP","address":"aa:cb:15:59:1f:b4","link_netnsid":0,"linkinfo":{"info_kind":"veth","info_slave_kind":"bridge",
 *     "info_slave_data":{"state":"forwarding","hairpin":false}}},…]
 *
 * `link_index` is printed when the other end is elsewhere or unnamed, `link` (a name) when it is here. The namespace name that newer
 * versions print as `link-netns` is resolved in the namespace of the asking process and is not read.
 */
import { parseIp } from '../ip/index.js'
import type { Address, Link, NsId } from '../model/link.js'
import { type JsonObject, jsonRecords, num, object, objects, type Parsed, str, strings } from './json.js'

const kindOf = (record: JsonObject): string => {
  const kind = str(object(record['linkinfo']), 'info_kind')
  if (kind) return kind
  return str(record, 'link_type') === 'loopback' ? 'loopback' : str(record, 'link_type') === 'none' ? 'none' : 'physical'
}

const linkText = (record: JsonObject): string => {
  const name = str(record, 'ifname') ?? '?'
  const lower = num(record, 'link_index') !== null ? `@if${num(record, 'link_index')}` : str(record, 'link') !== null ? `@${str(record, 'link')}` : ''
  const master = str(record, 'master')
  return `${num(record, 'ifindex')}: ${name}${lower}: <${strings(record['flags']).join(',')}> mtu ${num(record, 'mtu')}${master ? ` master ${master}` : ''} state ${str(record, 'operstate') ?? 'UNKNOWN'}`
}

export const parseIpLink = (text: string, evidence: string, ns: NsId): Parsed<Link> => {
  const { records, gaps } = jsonRecords(text, evidence)
  const facts = records.flatMap((record, index): Link[] => {
    const ifindex = num(record, 'ifindex')
    const name = str(record, 'ifname')
    if (ifindex === null || name === null) return []
    const info = object(record['linkinfo'])
    return [
      {
        ns,
        index: ifindex,
        name,
        kind: kindOf(record),
        flags: strings(record['flags']),
        mtu: num(record, 'mtu') ?? 0,
        mac: str(record, 'link_type') === 'ether' || str(record, 'link_type') === 'loopback' || str(record, 'link_type') === null ? str(record, 'address') : null,
        operstate: str(record, 'operstate') ?? 'UNKNOWN',
        master: str(record, 'master'),
        lowerIndex: num(record, 'link_index'),
        lowerName: str(record, 'link'),
        lowerNetnsid: num(record, 'link_netnsid'),
        altnames: strings(record['altnames']),
        info: object(info['info_data']),
        slaveKind: str(info, 'info_slave_kind'),
        slave: object(info['info_slave_data']),
        bpf: record['xdp'] === undefined ? [] : ['xdp'],
        addresses: [],
        ref: { evidence, line: index + 1, text: linkText(record) },
      },
    ]
  })
  return { facts, gaps }
}

/** Addresses by ifindex, in the kernel's order (which decides source address selection). */
export const parseIpAddr = (text: string, evidence: string): { readonly byIndex: ReadonlyMap<number, readonly Address[]>; readonly gaps: Parsed<never>['gaps'] } => {
  const { records, gaps } = jsonRecords(text, evidence)
  const byIndex = new Map<number, readonly Address[]>()
  records.forEach((record, index) => {
    const ifindex = num(record, 'ifindex')
    if (ifindex === null) return
    byIndex.set(
      ifindex,
      objects(record['addr_info']).flatMap((info): Address[] => {
        const ip = parseIp(str(info, 'local') ?? '')
        if (!ip) return []
        const peer = parseIp(str(info, 'address') ?? '')
        const flags = ['secondary', 'temporary', 'tentative', 'dadfailed', 'deprecated', 'dynamic', 'noprefixroute', 'mngtmpaddr', 'nodad', 'home', 'optimistic', 'autojoin'].filter(
          (flag) => info[flag] === true,
        )
        const length = num(info, 'prefixlen') ?? (ip.family === 4 ? 32 : 128)
        const scope = str(info, 'scope') ?? 'global'
        const label = str(info, 'label')
        const shown = `${ip.family === 4 ? 'inet' : 'inet6'} ${str(info, 'local')}${peer ? ` peer ${str(info, 'address')}` : ''}/${length} scope ${scope}${flags.map((flag) => ` ${flag}`).join('')} ${str(record, 'ifname') ?? ''}`
        return [{ ip, prefixLength: length, ...(peer ? { peer } : {}), scope, flags, ...(label ? { label } : {}), ref: { evidence, line: index + 1, text: shown } }]
      }),
    )
  })
  return { byIndex, gaps }
}
