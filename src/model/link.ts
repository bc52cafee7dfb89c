import type { Ip } from '../ip/types.js'
import type { Ref } from './refs.js'

/** Identity of a network namespace in one snapshot: "<machine>/<folder>", e.g. "linux/host", "linux/net-4026532281". */
export type NsId = string
/** `${NsId}#${ifindex}`: a link is (namespace, ifindex); names change, indexes do not while the link lives. */
export type LinkId = string

export const linkId = (ns: NsId, index: number): LinkId => `${ns}#${index}`

export interface Address {
  readonly ip: Ip
  readonly prefixLength: number
  /** far end of a point-to-point address */
  readonly peer?: Ip
  readonly scope: string
  /** secondary, tentative, deprecated, dynamic, noprefixroute, … as `ip` prints them */
  readonly flags: readonly string[]
  readonly label?: string
  readonly ref: Ref
}

/** One record of `ip -j -d link` joined with its `ip -j addr` addresses, in the kernel's order. */
export interface Link {
  readonly ns: NsId
  readonly index: number
  readonly name: string
  /** linkinfo.info_kind ("veth", "bridge", "vxlan", "macvlan", "tun", …), "loopback" for lo, "physical" for a NIC without a kind */
  readonly kind: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly mac: string | null
  readonly operstate: string
  /** name of the master in the same namespace (bridge, bond, VRF) */
  readonly master: string | null
  /** ip's "@": the index this link is tied to (veth peer, macvlan parent …) and, if elsewhere, the NSID that names where */
  readonly lowerIndex: number | null
  readonly lowerName: string | null
  readonly lowerNetnsid: number | null
  readonly altnames: readonly string[]
  /** linkinfo.info_data, as printed */
  readonly info: Readonly<Record<string, unknown>>
  readonly slaveKind: string | null
  /** linkinfo.info_slave_data, as printed (bridge port state, hairpin, isolated …) */
  readonly slave: Readonly<Record<string, unknown>>
  /** tc/XDP programs attached, as `ip -d link` names them ("xdp") — opaque to netmap */
  readonly bpf: readonly string[]
  readonly addresses: readonly Address[]
  readonly ref: Ref
}

export const isUp = (link: Link): boolean => link.flags.includes('UP')
export const hasCarrier = (link: Link): boolean => link.flags.includes('LOWER_UP') && !link.flags.includes('NO-CARRIER')
