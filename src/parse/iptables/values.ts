/** Values that several iptables matches and targets share: protocols, ports, masks, addresses, ICMP types. */
import { addToIp, lastIp, parseIp, parsePrefix, prefixOf } from '../../ip/index.js'
import type { Family, Ip } from '../../ip/types.js'
import type { IpRange, NumberRange } from '../../model/rule.js'

const PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['all', 0], ['hopopt', 0], ['icmp', 1], ['igmp', 2], ['ipv4', 4], ['ipencap', 4], ['tcp', 6], ['egp', 8], ['igp', 9], ['udp', 17], ['dccp', 33], ['ipv6', 41],
  ['ipv6-route', 43], ['ipv6-frag', 44], ['gre', 47], ['esp', 50], ['ipv6-crypt', 50], ['ah', 51], ['ipv6-auth', 51], ['ipv6-icmp', 58], ['icmpv6', 58],
  ['ipv6-nonxt', 59], ['ipv6-opts', 60], ['ospf', 89], ['ipip', 94], ['pim', 103], ['vrrp', 112], ['l2tp', 115], ['sctp', 132], ['mobility-header', 135], ['ipv6-mh', 135],
  ['mh', 135], ['udplite', 136], ['mptcp', 262],
])

/** null: no such protocol. */
export const protocol = (text: string): number | null => PROTOCOLS.get(text.toLowerCase()) ?? (/^\d+$/.test(text) ? Number(text) : null)

const SERVICES: ReadonlyMap<string, number> = new Map([
  ['ftp-data', 20], ['ftp', 21], ['ssh', 22], ['telnet', 23], ['smtp', 25], ['domain', 53], ['bootps', 67], ['bootpc', 68], ['tftp', 69], ['http', 80], ['www', 80], ['kerberos', 88],
  ['pop3', 110], ['sunrpc', 111], ['ntp', 123], ['netbios-ns', 137], ['netbios-dgm', 138], ['netbios-ssn', 139], ['imap2', 143], ['snmp', 161], ['ldap', 389],
  ['https', 443], ['microsoft-ds', 445], ['isakmp', 500], ['ldaps', 636], ['imaps', 993], ['pop3s', 995], ['mysql', 3306], ['postgresql', 5432], ['mdns', 5353],
])

const port = (text: string): number | null => SERVICES.get(text) ?? (/^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : null)

/** "80", "1024:65535", ":1023", "8080-8090" (targets) → an inclusive range; null: not a port. */
export const portRange = (text: string, separator = ':'): NumberRange | null => {
  const [from = '', to] = text.split(separator)
  const low = from === '' ? 0 : port(from)
  const high = to === undefined ? low : to === '' ? 65535 : port(to)
  return low === null || high === null ? null : [low, high]
}

/** "0x10/0xff", "16", "0x1" → value and mask. */
export const masked = (text: string, full = 0xffffffff): { readonly value: number; readonly mask: number } | null => {
  const [value = '', mask] = text.split('/')
  const number = (word: string): number | null => (/^(0x[0-9a-f]+|\d+)$/i.test(word) ? Number(word) >>> 0 : null)
  const [v, m] = [number(value), mask === undefined ? full : number(mask)]
  return v === null || m === null ? null : { value: v, mask: m }
}

/** "10.0.0.0/8", "10.0.0.1", "10.0.0.0/255.0.0.0", "fe80::/10" → the addresses; a mask with holes is refused. */
export const addresses = (text: string, family: Family): readonly IpRange[] | null => {
  const slash = text.indexOf('/')
  const mask = slash < 0 ? null : parseIp(text.slice(slash + 1))
  if (mask && mask.family === 4) {
    const length = 32 - Math.log2(2 ** 32 - mask.value)
    const ip = parseIp(text.slice(0, slash))
    if (!ip || !Number.isInteger(length)) return null
    const network = prefixOf(ip, length)
    return [{ from: network.ip, to: lastIp(network) }]
  }
  const prefix = parsePrefix(text, family)
  return prefix ? [{ from: prefix.ip, to: lastIp(prefix) }] : null
}

/** "10.0.0.1-10.0.0.9" or one address. */
export const ipRange = (text: string): IpRange | null => {
  const [from = '', to] = text.split('-')
  const first = parseIp(from)
  const last = to === undefined ? first : parseIp(to)
  return first && last ? { from: first, to: last } : null
}

export const nextIp = (ip: Ip): Ip => addToIp(ip, 1)

const ICMP4: ReadonlyMap<string, readonly [number, number | null]> = new Map([
  ['any', [255, null]], ['echo-reply', [0, null]], ['pong', [0, null]], ['destination-unreachable', [3, null]], ['network-unreachable', [3, 0]], ['host-unreachable', [3, 1]],
  ['protocol-unreachable', [3, 2]], ['port-unreachable', [3, 3]], ['fragmentation-needed', [3, 4]], ['source-route-failed', [3, 5]], ['network-unknown', [3, 6]],
  ['host-unknown', [3, 7]], ['network-prohibited', [3, 9]], ['host-prohibited', [3, 10]], ['TOS-network-unreachable', [3, 11]], ['TOS-host-unreachable', [3, 12]],
  ['communication-prohibited', [3, 13]], ['host-precedence-violation', [3, 14]], ['precedence-cutoff', [3, 15]], ['source-quench', [4, null]], ['redirect', [5, null]],
  ['network-redirect', [5, 0]], ['host-redirect', [5, 1]], ['TOS-network-redirect', [5, 2]], ['TOS-host-redirect', [5, 3]], ['echo-request', [8, null]], ['ping', [8, null]],
  ['router-advertisement', [9, null]], ['router-solicitation', [10, null]], ['time-exceeded', [11, null]], ['ttl-exceeded', [11, null]], ['ttl-zero-during-transit', [11, 0]],
  ['ttl-zero-during-reassembly', [11, 1]], ['parameter-problem', [12, null]], ['ip-header-bad', [12, 0]], ['required-option-missing', [12, 1]], ['timestamp-request', [13, null]],
  ['timestamp-reply', [14, null]], ['address-mask-request', [17, null]], ['address-mask-reply', [18, null]],
])

const ICMP6: ReadonlyMap<string, readonly [number, number | null]> = new Map([
  ['destination-unreachable', [1, null]], ['no-route', [1, 0]], ['communication-prohibited', [1, 1]], ['beyond-scope', [1, 2]], ['address-unreachable', [1, 3]],
  ['port-unreachable', [1, 4]], ['failed-policy', [1, 5]], ['reject-route', [1, 6]], ['packet-too-big', [2, null]], ['time-exceeded', [3, null]], ['ttl-exceeded', [3, null]],
  ['ttl-zero-during-transit', [3, 0]], ['ttl-zero-during-reassembly', [3, 1]], ['parameter-problem', [4, null]], ['bad-header', [4, 0]], ['unknown-header-type', [4, 1]],
  ['unknown-option', [4, 2]], ['echo-request', [128, null]], ['ping', [128, null]], ['echo-reply', [129, null]], ['pong', [129, null]], ['router-solicitation', [133, null]],
  ['router-advertisement', [134, null]], ['neighbour-solicitation', [135, null]], ['neighbor-solicitation', [135, null]], ['neighbour-advertisement', [136, null]],
  ['neighbor-advertisement', [136, null]], ['redirect', [137, null]],
])

/** "echo-request", "8", "3/4", "any" → type (null: any) and codes. */
export const icmpType = (text: string, family: Family): { readonly type: number | null; readonly codes: NumberRange } | null => {
  const named = (family === 4 ? ICMP4 : ICMP6).get(text)
  const [type, code] = named ?? text.split('/').map((word) => (/^\d+$/.test(word) ? Number(word) : Number.NaN))
  if (type === undefined || Number.isNaN(type) || Number.isNaN(code)) return null
  const codes: NumberRange = code === undefined || code === null ? [0, 255] : [code, code]
  return { type: family === 4 && type === 255 ? null : type, codes }
}
