import type { Family, Ip, Prefix } from '../ip/types.js'
import type { Ref } from './refs.js'

export type RouteType = 'unicast' | 'local' | 'broadcast' | 'anycast' | 'multicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw' | 'nat'

export interface NextHop {
  /** null for a blackhole next hop */
  readonly dev: string | null
  /** null: on link. May be of the other family ("via inet6") */
  readonly via: Ip | null
  readonly weight: number
  /** onlink, linkdown, dead, pervasive … */
  readonly flags: readonly string[]
}

export interface Route {
  readonly family: Family
  /** "main", "local", "default" or a number as text, as `ip` prints it */
  readonly table: string
  readonly type: RouteType
  readonly dst: Prefix
  /** source-specific routes (IPv6 subtrees) */
  readonly src: Prefix | null
  /** one per leg; empty for routes without a way out (blackhole …) */
  readonly nexthops: readonly NextHop[]
  readonly prefsrc: Ip | null
  readonly metric: number
  readonly tos: number
  readonly scope: string
  readonly protocol: string
  readonly mtu: number | null
  /** nexthop object id, already resolved into `nexthops` where `ip nexthop` was readable */
  readonly nhid: number | null
  readonly ref: Ref
}

export type RuleAction =
  | { readonly kind: 'lookup'; readonly table: string }
  | { readonly kind: 'goto'; readonly priority: number }
  | { readonly kind: 'nop' | 'blackhole' | 'unreachable' | 'prohibit' | 'l3mdev' }

export interface PolicyRule {
  readonly family: Family
  readonly priority: number
  readonly not: boolean
  readonly src: Prefix | null
  readonly dst: Prefix | null
  readonly iif: string | null
  readonly oif: string | null
  readonly fwmark: { readonly value: number; readonly mask: number } | null
  readonly tos: number | null
  readonly ipproto: number | null
  readonly sport: readonly [number, number] | null
  readonly dport: readonly [number, number] | null
  readonly uidrange: readonly [number, number] | null
  readonly suppressPrefixLength: number | null
  readonly suppressIfGroup: string | null
  readonly action: RuleAction
  /** selector keys netmap does not model (tun_id …): the rule is then "cannot know" */
  readonly unknown: readonly string[]
  readonly ref: Ref
}

export interface Neighbour {
  readonly ip: Ip
  readonly dev: string
  readonly mac: string | null
  /** REACHABLE, STALE, PERMANENT, FAILED, INCOMPLETE, NOARP, … */
  readonly states: readonly string[]
  readonly proxy: boolean
  readonly ref: Ref
}

/** One record of `bridge -j fdb`. */
export interface FdbEntry {
  readonly mac: string
  /** the port (or the bridge itself, or a vxlan device) */
  readonly dev: string
  readonly master: string | null
  readonly vlan: number | null
  /** permanent, static, self, master, extern_learn, … */
  readonly flags: readonly string[]
  readonly state: string
  /** vxlan: remote VTEP */
  readonly dst: Ip | null
  readonly ref: Ref
}

/** One port's VLAN of `bridge -j vlan`. */
export interface PortVlan {
  readonly dev: string
  readonly vlan: number
  readonly vlanEnd: number
  /** "PVID", "Egress Untagged" */
  readonly flags: readonly string[]
  readonly ref: Ref
}
