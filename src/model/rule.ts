/**
 * One representation for iptables and nft rules, so that one evaluator judges both.
 * Owned by the netfilter work; see src/datapath/netfilter.
 */
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

/** Refined by src/datapath/netfilter's owner into a closed union. */
export type Expr = { readonly kind: string }
