/**
 * What an nft expression is worth for one packet: a number, a name, an address, a concatenation of those; `missing` where the kernel
 * would break off the rule (no such header, no such flow); `unknown` where no dump tells.
 * Kernel: net/netfilter/nft_meta.c, nft_payload.c, nft_ct.c, nft_fib.c.
 */
import type { Ip } from '../../ip/types.js'
import type { NftExpr } from '../../model/nft-expr.js'
import { type HookContext, type Packet, PROTO } from '../types.js'

export type NftValue =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly value: string }
  | { readonly kind: 'ip'; readonly value: Ip }
  | { readonly kind: 'concat'; readonly parts: readonly NftValue[] }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown'; readonly what: string }

const number = (value: number | null | undefined): NftValue => (value === null || value === undefined ? MISSING : { kind: 'number', value: value >>> 0 })
const name = (value: string | null | undefined): NftValue => (value === null || value === undefined ? MISSING : { kind: 'name', value })
const ip = (value: Ip): NftValue => ({ kind: 'ip', value })
const MISSING: NftValue = { kind: 'missing' }
const unknown = (what: string): NftValue => ({ kind: 'unknown', what })

/** include/uapi/linux/netfilter/nf_conntrack_common.h: NF_CT_STATE_BIT */
export const STATE_BITS: Readonly<Record<string, number>> = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 }
export const STATUS_BITS: Readonly<Record<string, number>> = { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 }

const meta = (key: string, packet: Packet): NftValue => {
  switch (key) {
    case 'iifname':
      return name(packet.iif?.name ?? '')
    case 'oifname':
      return name(packet.oif?.name ?? '')
    case 'iif':
      return name(packet.iif?.name)
    case 'oif':
      return name(packet.oif?.name)
    case 'iiftype':
    case 'oiftype':
      return name((key === 'iiftype' ? packet.iif : packet.oif)?.kind === 'loopback' ? 'loopback' : 'ether')
    case 'iifgroup':
    case 'oifgroup':
      return unknown(`meta ${key}`)
    case 'l4proto':
      return number(packet.proto)
    case 'nfproto':
      return number(packet.family === 4 ? 2 : 10)
    case 'protocol':
      return name(packet.family === 4 ? 'ip' : 'ip6')
    case 'mark':
      return number(packet.mark)
    case 'priority':
      return number(packet.priority)
    case 'length':
      return number(packet.length)
    case 'pkttype':
      return name('host')
    case 'ibrname':
    case 'ibridgename':
      return name(packet.physIn ? packet.iif?.name : null)
    case 'obrname':
    case 'obridgename':
      return name(packet.physOut ? packet.oif?.name : null)
    default:
      return unknown(`meta ${key}`)
  }
}

const PORTED = new Set<number>([PROTO.tcp, PROTO.udp, PROTO.sctp, 136, 33])
const L4: Readonly<Record<string, readonly number[]>> = { tcp: [PROTO.tcp], udp: [PROTO.udp], sctp: [PROTO.sctp], th: [...PORTED], udplite: [136], dccp: [33] }

const payload = (protocol: string, field: string, packet: Packet): NftValue => {
  const l4 = L4[protocol]
  if (l4) {
    if (!l4.includes(packet.proto)) return MISSING
    if (field === 'sport') return number(packet.sport)
    if (field === 'dport') return number(packet.dport)
    if (field === 'flags' && protocol === 'tcp') return number(packet.tcpFlags)
    return unknown(`${protocol} ${field}`)
  }
  switch (protocol) {
    case 'ip':
      return packet.family === 4 ? header(field, packet) : MISSING
    case 'ip6':
      return packet.family === 6 ? header(field, packet) : MISSING
    case 'icmp':
    case 'icmpv6':
      if (packet.proto !== (protocol === 'icmp' ? PROTO.icmp : PROTO.icmpv6) || !packet.icmp) return MISSING
      return field === 'type' ? number(packet.icmp.type) : field === 'code' ? number(packet.icmp.code) : unknown(`${protocol} ${field}`)
    case 'ether':
      if (field === 'saddr') return name(packet.srcMac)
      if (field === 'daddr') return name(packet.dstMac)
      return field === 'type' ? name(packet.family === 4 ? 'ip' : 'ip6') : unknown(`ether ${field}`)
    default:
      return unknown(`${protocol} ${field}`)
  }
}

const header = (field: string, packet: Packet): NftValue => {
  switch (field) {
    case 'saddr':
      return ip(packet.src)
    case 'daddr':
      return ip(packet.dst)
    case 'protocol':
    case 'nexthdr':
      return number(packet.proto)
    case 'ttl':
    case 'hoplimit':
      return number(packet.ttl)
    case 'length':
      return number(packet.length)
    case 'dscp':
      return number(packet.tos >> 2)
    case 'version':
      return number(packet.family)
    case 'frag-off':
      return number(packet.df ? 0x4000 : 0)
    default:
      return unknown(`ip ${field}`)
  }
}

/** No flow: the state is "invalid", every other key breaks off the rule. */
const ct = (expr: Extract<NftExpr, { kind: 'ct' }>, packet: Packet): NftValue => {
  const flow = packet.ct
  if (expr.key === 'state') return number(STATE_BITS[flow?.state ?? 'invalid'] ?? 1)
  const entry = flow?.entry
  if (!entry) return MISSING
  const tuple = expr.dir === 'reply' ? entry.reply : entry.original
  switch (expr.key) {
    case 'mark':
      return number(entry.mark)
    case 'direction':
      return name(flow.dir)
    case 'status':
      return number((entry.seenReply ? 2 : 0) | (entry.confirmed ? 8 : 0) | (entry.srcNat ? 16 : 0) | (entry.dstNat ? 32 : 0))
    case 'saddr':
      return ip(tuple.src)
    case 'daddr':
      return ip(tuple.dst)
    case 'proto-src':
      return number(tuple.sport)
    case 'proto-dst':
      return number(tuple.dport)
    case 'protocol':
      return number(entry.proto)
    case 'l3proto':
      return name(entry.family === 4 ? 'ipv4' : 'ipv6')
    default:
      return unknown(`ct ${expr.key}`)
  }
}

const fib = (expr: Extract<NftExpr, { kind: 'fib' }>, context: HookContext, packet: Packet): NftValue => {
  const address = expr.flags.includes('saddr') ? packet.src : packet.dst
  const dev = expr.flags.includes('iif') ? packet.iif : expr.flags.includes('oif') ? packet.oif : null
  if (expr.result === 'type') return name(context.fib.addressType(address, dev))
  const found = context.fib.lookup(packet, address, expr.flags.includes('mark') ? packet.mark : 0)
  const limited = dev !== null && found.dev?.name !== dev.name ? null : found.dev
  if (expr.result === 'check') return number(limited === null ? 0 : 1)
  return limited === null ? number(0) : name(limited.name)
}

const binary = (op: string, left: number, right: number): number => {
  switch (op) {
    case '&':
      return left & right
    case '|':
      return left | right
    case '^':
      return left ^ right
    case '<<':
      return left << right
    default:
      return left >>> right
  }
}

export const valueOf = (expr: NftExpr, context: HookContext, packet: Packet, literal: (text: string) => NftValue = name): NftValue => {
  switch (expr.kind) {
    case 'number':
      return number(expr.value)
    case 'text':
      return literal(expr.value)
    case 'ip':
      return ip(expr.value)
    case 'meta':
      return meta(expr.key, packet)
    case 'payload':
      return payload(expr.protocol, expr.field, packet)
    case 'ct':
      return ct(expr, packet)
    case 'fib':
      return fib(expr, context, packet)
    case 'concat': {
      const parts = expr.parts.map((part) => valueOf(part, context, packet, literal))
      return parts.find((part) => part.kind === 'missing') ?? parts.find((part) => part.kind === 'unknown') ?? { kind: 'concat', parts }
    }
    case 'binary': {
      const left = valueOf(expr.left, context, packet, literal)
      const right = valueOf(expr.right, context, packet, literal)
      if (left.kind !== 'number') return left.kind === 'missing' || left.kind === 'unknown' ? left : unknown(`${expr.op} of a ${left.kind}`)
      if (right.kind !== 'number') return unknown(`${expr.op} with a ${right.kind}`)
      return number(binary(expr.op, left.value, right.value))
    }
    case 'cannot-know':
      return unknown(expr.what)
    case 'opaque':
      return unknown(expr.text)
    default:
      return unknown(expr.kind)
  }
}
