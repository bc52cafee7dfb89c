/**
 * The packet, the place, the step: what the datapath's functions pass to each other.
 *
 * A packet is a value; a function that changes it returns a new one. Where state alone cannot decide (a `limit`, an ECMP leg, an
 * unknown match), a function calls `choose` and goes on with the answer: the driver (explore.ts) walks again for every other answer,
 * so no step function ever handles a tree of outcomes.
 */
import type { Family, Ip } from '../ip/types.js'
import type { Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import type { Certainty, Gap, Ref } from '../model/refs.js'

/** IP protocol numbers, as in the header. */
export const PROTO = { icmp: 1, tcp: 6, udp: 17, gre: 47, esp: 50, ah: 51, icmpv6: 58, sctp: 132 } as const

export const TCP = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 } as const

export type CtState = 'new' | 'established' | 'related' | 'invalid' | 'untracked'

export interface PortTuple {
  readonly src: Ip
  readonly dst: Ip
  /** for ICMP echo: the id on both sides; null where the protocol has none */
  readonly sport: number | null
  readonly dport: number | null
}

/**
 * One tracked flow in one namespace. Mutable on purpose: the kernel's entry is, and the reply of a flow must find what the request
 * left there. Lives in Walk.conntrack, thrown away with the walk.
 */
export interface CtEntry {
  readonly proto: number
  readonly family: Family
  original: PortTuple
  /** what the answer will look like when it comes back; NAT rewrites this tuple */
  reply: PortTuple
  srcNat: boolean
  dstNat: boolean
  /** the hook-side manips already decided ("asked once per flow") */
  srcDone: boolean
  dstDone: boolean
  /** a source port that the kernel may have to change: shown as "any" */
  anyPort: boolean
  seenReply: boolean
  confirmed: boolean
  mark: number
  /** rule that bound the NAT, for the reply's explanation */
  srcBy: NatCite | null
  dstBy: NatCite | null
}

export interface NatCite {
  readonly cite: RuleCite
  /** masquerade, snat, dnat, redirect, netmap */
  readonly decision: string
}

export interface Ct {
  readonly entry: CtEntry | null
  readonly state: CtState
  readonly dir: 'original' | 'reply'
}

export interface Packet {
  readonly family: Family
  readonly src: Ip
  readonly dst: Ip
  readonly proto: number
  /** null for protocols without ports, and for ICMP */
  readonly sport: number | null
  readonly dport: number | null
  readonly icmp: { readonly type: number; readonly code: number; readonly id: number } | null
  /** bits of TCP; 0 when not TCP */
  readonly tcpFlags: number
  readonly ttl: number
  /** L3 length in bytes */
  readonly length: number
  readonly df: boolean
  readonly fragment: boolean
  readonly tos: number
  readonly mark: number
  readonly priority: number
  /** Ethernet addresses where the packet has them now; null for local output before the neighbour step */
  readonly srcMac: string | null
  readonly dstMac: string | null
  /** netfilter's in and out device; the bridge, not its port, for bridged traffic */
  readonly iif: Link | null
  readonly oif: Link | null
  /** bridge ports, known only for bridged packets */
  readonly physIn: Link | null
  readonly physOut: Link | null
  /** null: not tracked (yet) */
  readonly ct: Ct | null
  /** locally generated: by which uid/process, when known */
  readonly owner: { readonly uid: number | null; readonly pid: number | null } | null
}

export interface RuleCite {
  readonly system: 'iptables-legacy' | 'iptables-nft' | 'nft'
  /** ip, ip6, inet, bridge, … */
  readonly family: string
  readonly table: string
  readonly chain: string
  /** 1-based; 0 means the chain's policy */
  readonly rule: number
  readonly handle: number | null
  readonly text: string
  readonly ref: Ref
}

/** The fields of a flow that users see in `before`/`after`. */
export interface FlowView {
  readonly src: string
  readonly dst: string
  readonly proto: string
  readonly sport: number | null | 'any'
  readonly dport: number | null
  readonly mark: number
}

export type StepKind =
  | 'emit' | 'enter' | 'route' | 'neighbour' | 'bridge' | 'veth' | 'filter' | 'nat' | 'mark' | 'tunnel' | 'relay'
  | 'forward' | 'deliver' | 'exit' | 'drop' | 'gap'

export interface Cite {
  readonly command: string
  readonly namespace: string
  readonly line: number
  readonly text: string
}

export interface Step {
  readonly kind: StepKind
  readonly summary: string
  /** accept, drop, reject, continue, masquerade, dnat, … */
  readonly decision: string
  readonly before?: FlowView
  readonly after?: FlowView
  readonly evidence: readonly Cite[]
  readonly certainty: Certainty
  /** rules behind the step, outermost chain first; the last one decided */
  readonly rules?: readonly RuleCite[]
}

export interface Hop {
  readonly host: string
  readonly namespace: string
  readonly interface: string | null
  readonly steps: readonly Step[]
}

export type Disposition =
  | 'delivered' | 'exits' | 'denied' | 'rejected' | 'no-route' | 'blackholed' | 'neighbour-unreachable' | 'source-filtered'
  | 'not-forwarded' | 'too-big' | 'ttl-exceeded' | 'no-listener' | 'loop' | 'insufficient-info'

export interface Path {
  readonly disposition: Disposition
  readonly hops: readonly Hop[]
  /** the packet where it ended */
  readonly final: FlowView
  /** one sentence: the verdict, readable alone */
  readonly verdict: string
  /** what had to be assumed for this path to be the one ("limit in FORWARD #3 matches"); empty when nothing */
  readonly given: readonly string[]
  readonly gaps: readonly Gap[]
}

/**
 * Ask for a decision that state cannot give. Returns an index into `options` (0 first); the driver comes back with the others.
 * `what` is shown to the user, so it names the rule or route: "-m limit in filter FORWARD #3".
 */
export type Choose = (what: string, options: readonly string[]) => number

/** What a rule evaluation may look at besides the packet. */
export interface HookContext {
  readonly ns: Namespace
  readonly choose: Choose
  /** adds a gap to the answer (an expression that is not modelled …) */
  readonly gap: (gap: Gap) => void
  /** reverse path and address-type questions (fib, addrtype, rpfilter) go through the same routing code */
  readonly fib: FibOracle
  /** flows tracked in this namespace */
  readonly conntrack: CtTable
  /** refusals are passed over */
  readonly permissive: boolean
}

export interface CtTable {
  /** finds by original or reply tuple */
  find(packet: Packet): Ct | null
  add(entry: CtEntry): void
}

export type AddressType = 'unspec' | 'unicast' | 'local' | 'broadcast' | 'anycast' | 'multicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw'

export interface FibOracle {
  /** type of an address by the `local` table (IPv4) or a route lookup (IPv6), optionally limited to a device */
  addressType(ip: Ip, dev: Link | null): AddressType
  /** the device by which packets would leave to `dst`, and its type; the reverse path when called with the packet's source */
  lookup(packet: Packet, dst: Ip, mark: number): { readonly dev: Link | null; readonly type: AddressType }
  /** the address MASQUERADE takes for `dev` towards `nextHop` (inet_select_addr, or RFC 6724 for IPv6); null: none */
  masqueradeAddress(dev: Link, nextHop: Ip, dst: Ip): Ip | null
  /** the address REDIRECT takes for a packet that came in by `dev` (null: local output) */
  redirectAddress(dev: Link | null, family: Family): Ip | null
}

export type HookVerdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop'; readonly by: RuleCite }
  | { readonly kind: 'reject'; readonly by: RuleCite; readonly reply: RejectReply }
  | { readonly kind: 'stolen'; readonly by: RuleCite; readonly why: string }
  /** a rule that decides could not be evaluated and both answers matter, and there are too many to try */
  | { readonly kind: 'unknown'; readonly by: RuleCite; readonly why: string }

/** What the sender gets back from REJECT. */
export interface RejectReply {
  /** "icmp-port-unreachable", "tcp-reset", … */
  readonly with: string
  /** what connect(2)/send(2) sees: ECONNREFUSED, EHOSTUNREACH, … */
  readonly errno: string | null
}

export interface HookResult {
  readonly verdict: HookVerdict
  /** after marks, NAT, tracking */
  readonly packet: Packet
  /** what happened, in order: filter decisions (one step per base chain that had a say), NAT, marks */
  readonly steps: readonly Step[]
  /** nat POSTROUTING needs the next hop for MASQUERADE; local output may need a new route */
  readonly reroute: boolean
}
