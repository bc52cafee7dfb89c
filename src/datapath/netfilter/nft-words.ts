/** nft prints names where the kernel has numbers: "established", "tcp", "echo-request", "ipv4". What a word is worth depends on its left side. */
import type { NftExpr } from '../../model/nft-expr.js'
import { type NftValue, STATE_BITS, STATUS_BITS } from './nft-value.js'

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1, igmp: 2, tcp: 6, udp: 17, dccp: 33, ipv6: 41, gre: 47, esp: 50, ah: 51, 'ipv6-icmp': 58, icmpv6: 58, sctp: 132, udplite: 136, comp: 108, vrrp: 112,
}
const ICMP: Readonly<Record<string, number>> = {
  'echo-reply': 0, 'destination-unreachable': 3, 'source-quench': 4, redirect: 5, 'echo-request': 8, 'router-advertisement': 9, 'router-solicitation': 10, 'time-exceeded': 11,
  'parameter-problem': 12, 'timestamp-request': 13, 'timestamp-reply': 14, 'info-request': 15, 'info-reply': 16, 'address-mask-request': 17, 'address-mask-reply': 18,
}
const ICMPV6: Readonly<Record<string, number>> = {
  'destination-unreachable': 1, 'packet-too-big': 2, 'time-exceeded': 3, 'parameter-problem': 4, 'echo-request': 128, 'echo-reply': 129, 'mld-listener-query': 130,
  'mld-listener-report': 131, 'mld-listener-done': 132, 'mld-listener-reduction': 132, 'nd-router-solicit': 133, 'nd-router-advert': 134, 'nd-neighbor-solicit': 135,
  'nd-neighbor-advert': 136, 'nd-redirect': 137, 'router-renumbering': 138, 'mld2-listener-report': 143,
}
const TCP_FLAGS: Readonly<Record<string, number>> = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 }
const FAMILIES: Readonly<Record<string, number>> = { ipv4: 2, ipv6: 10 }
const DSCP: Readonly<Record<string, number>> = {
  cs0: 0, cs1: 8, cs2: 16, cs3: 24, cs4: 32, cs5: 40, cs6: 48, cs7: 56, df: 0, be: 0, ef: 46, lephb: 1, va: 44,
  af11: 10, af12: 12, af13: 14, af21: 18, af22: 20, af23: 22, af31: 26, af32: 28, af33: 30, af41: 34, af42: 36, af43: 38,
}

const dictionary = (left: NftExpr): Readonly<Record<string, number>> | null => {
  switch (left.kind) {
    case 'binary':
      return dictionary(left.left)
    case 'meta':
      return left.key === 'l4proto' ? PROTOCOLS : left.key === 'nfproto' ? FAMILIES : null
    case 'ct':
      return left.key === 'state' ? STATE_BITS : left.key === 'status' ? STATUS_BITS : left.key === 'protocol' ? PROTOCOLS : null
    case 'payload':
      if (left.field === 'protocol' || left.field === 'nexthdr') return PROTOCOLS
      if (left.protocol === 'icmp' && left.field === 'type') return ICMP
      if (left.protocol === 'icmpv6' && left.field === 'type') return ICMPV6
      if (left.protocol === 'tcp' && left.field === 'flags') return TCP_FLAGS
      return left.field === 'dscp' ? DSCP : null
    default:
      return null
  }
}

export const wordValue = (text: string, left: NftExpr): NftValue => {
  const words = dictionary(left)
  const number = words?.[text]
  if (number !== undefined) return { kind: 'number', value: number }
  if (words && /^(0x[0-9a-f]+|\d+)$/i.test(text)) return { kind: 'number', value: Number(text) }
  return words ? { kind: 'unknown', what: text } : { kind: 'name', value: text }
}
