/**
 * One representation for iptables and nft rules, so that one evaluator (src/datapath/netfilter) judges both.
 */
import type { Ip } from '../ip/types.js'
import type { NftExpr } from './nft-expr.js'
import type { Ref } from './refs.js'

/** Which program of the kernel holds a table: the two iptables generations or native nft. */
export type RuleSystem = 'iptables-legacy' | 'iptables-nft' | 'nft'
export type RuleFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev'
export type Hook = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting' | 'ingress' | 'egress'

export interface RuleTable {
  readonly system: RuleSystem
  readonly family: RuleFamily
  readonly name: string
  /** in the order they were printed */
  readonly chains: ReadonlyMap<string, Chain>
  readonly sets: ReadonlyMap<string, NamedSet>
  /** nft's handle, also of tables that iptables-nft made: higher is newer; null where only iptables-save was read */
  readonly handle: number | null
  readonly ref: Ref
}

export interface Chain {
  readonly name: string
  readonly base: {
    readonly hook: Hook
    readonly priority: number
    readonly type: 'filter' | 'nat' | 'route'
    readonly policy: 'accept' | 'drop'
    /** netdev family */
    readonly devices: readonly string[]
  } | null
  readonly rules: readonly Rule[]
  /** nft handle: higher is newer, the only hint at registration order a dump gives */
  readonly handle: number | null
  readonly ref: Ref
}

export interface Rule {
  /** 1-based position in its chain: what `iptables -L --line-numbers` prints */
  readonly number: number
  readonly handle: number | null
  /** the rule as its own tool prints it ("-A FORWARD -j DOCKER-USER", "iifname "docker0" accept") */
  readonly text: string
  readonly comment: string | null
  /** evaluated left to right; the first match that is false ends the rule */
  readonly exprs: readonly Expr[]
  readonly ref: Ref
}

/** An nft named set or map, or an ipset. */
export interface NamedSet {
  readonly name: string
  /** nft type expression or ipset type ("hash:net") */
  readonly type: string
  readonly flags: readonly string[]
  readonly isMap: boolean
  readonly elements: readonly unknown[]
  readonly ref: Ref
}

/** Inclusive. */
export interface IpRange {
  readonly from: Ip
  readonly to: Ip
}
export type NumberRange = readonly [from: number, to: number]

export type CtStateName = 'new' | 'established' | 'related' | 'invalid' | 'untracked' | 'snat' | 'dnat'

/** Evaluated against one packet: true, false, or cannot be known. `negate` is iptables' `!`. */
export type Match =
  | { readonly kind: 'iface'; readonly side: 'in' | 'out'; readonly name: string; readonly negate: boolean }
  | { readonly kind: 'physdev'; readonly side: 'in' | 'out'; readonly name: string; readonly negate: boolean }
  | { readonly kind: 'physdev-is'; readonly what: 'in' | 'out' | 'bridged'; readonly negate: boolean }
  | { readonly kind: 'address'; readonly field: 'src' | 'dst'; readonly ranges: readonly IpRange[]; readonly negate: boolean }
  | { readonly kind: 'protocol'; readonly proto: number; readonly negate: boolean }
  | { readonly kind: 'fragment'; readonly negate: boolean }
  | { readonly kind: 'ports'; readonly field: 'sport' | 'dport' | 'either'; readonly ranges: readonly NumberRange[]; readonly negate: boolean }
  | { readonly kind: 'tcp-flags'; readonly mask: number; readonly set: number; readonly negate: boolean }
  | { readonly kind: 'icmp'; readonly type: number | null; readonly codes: NumberRange; readonly negate: boolean }
  | { readonly kind: 'ct-state'; readonly states: readonly CtStateName[]; readonly negate: boolean }
  | { readonly kind: 'ct-address'; readonly tuple: 'original' | 'reply'; readonly field: 'src' | 'dst'; readonly ranges: readonly IpRange[]; readonly negate: boolean }
  | { readonly kind: 'ct-ports'; readonly tuple: 'original' | 'reply'; readonly field: 'sport' | 'dport'; readonly ranges: readonly NumberRange[]; readonly negate: boolean }
  | { readonly kind: 'ct-direction'; readonly dir: 'original' | 'reply'; readonly negate: boolean }
  | { readonly kind: 'ct-protocol'; readonly proto: number; readonly negate: boolean }
  | { readonly kind: 'ct-status'; readonly bits: readonly string[]; readonly negate: boolean }
  | { readonly kind: 'mark'; readonly of: 'packet' | 'ct'; readonly value: number; readonly mask: number; readonly negate: boolean }
  | {
      readonly kind: 'addrtype'
      readonly field: 'src' | 'dst'
      readonly types: readonly string[]
      readonly limit: 'in' | 'out' | null
      readonly negate: boolean
    }
  | { readonly kind: 'mac'; readonly mac: string; readonly negate: boolean }
  | { readonly kind: 'set'; readonly name: string; readonly fields: readonly ('src' | 'dst')[]; readonly negate: boolean }
  | { readonly kind: 'length'; readonly range: NumberRange; readonly negate: boolean }
  | { readonly kind: 'ttl'; readonly op: 'eq' | 'lt' | 'gt'; readonly value: number; readonly negate: boolean }
  | { readonly kind: 'tos'; readonly value: number; readonly mask: number; readonly negate: boolean }
  | { readonly kind: 'pkttype'; readonly type: string; readonly negate: boolean }
  | { readonly kind: 'rpfilter'; readonly loose: boolean; readonly mark: boolean; readonly invert: boolean }
  /** nft: any left side against any right side */
  | { readonly kind: 'nft'; readonly op: string; readonly left: NftExpr; readonly right: NftExpr }
  /** a rate, a random number, a clock, a payload: modelled by the kernel, not by any dump */
  | { readonly kind: 'cannot-know'; readonly what: string }
  /** not understood */
  | { readonly kind: 'unknown'; readonly what: string }

export interface NatTarget {
  readonly type: 'snat' | 'dnat' | 'masquerade' | 'redirect' | 'netmap'
  /** null: address unchanged (port only), or chosen by the kernel */
  readonly addresses: IpRange | null
  readonly ports: NumberRange | null
  /** the kernel picks a random port even where the old one is free */
  readonly random: boolean
  /** nft: address (and port) taken from a map */
  readonly map: NftExpr | null
}

export type Action =
  | { readonly kind: 'verdict'; readonly verdict: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string }
  | { readonly kind: 'vmap'; readonly key: NftExpr; readonly data: NftExpr }
  | { readonly kind: 'reject'; readonly with: string }
  | { readonly kind: 'nat'; readonly nat: NatTarget }
  /** mark = (mark & ~mask) ^ value */
  | { readonly kind: 'set-mark'; readonly of: 'packet' | 'ct'; readonly value: number; readonly mask: number }
  | { readonly kind: 'connmark'; readonly op: 'save' | 'restore'; readonly nfmask: number; readonly ctmask: number }
  | { readonly kind: 'set-meta'; readonly key: string; readonly value: NftExpr }
  | { readonly kind: 'notrack' }
  | { readonly kind: 'ttl'; readonly op: 'set' | 'inc' | 'dec'; readonly value: number }
  | { readonly kind: 'tos'; readonly value: number; readonly mask: number }
  /** seen, changes nothing that decides a path: LOG, NFLOG, counter, TCPMSS, … */
  | { readonly kind: 'note'; readonly what: string }
  /** takes the packet away or decides in a way no dump tells: NFQUEUE, TPROXY, SYNPROXY, an unknown target */
  | { readonly kind: 'opaque'; readonly what: string }

export type Expr = { readonly is: 'match'; readonly match: Match } | { readonly is: 'action'; readonly action: Action }

export const match = (one: Match): Expr => ({ is: 'match', match: one })
export const action = (one: Action): Expr => ({ is: 'action', action: one })

/** What a rule does to addresses, for tables of NAT rules; null for all other rules. */
export const natOf = (rule: Rule): NatTarget | null => {
  for (const expr of rule.exprs) if (expr.is === 'action' && expr.action.kind === 'nat') return expr.action.nat
  return null
}
