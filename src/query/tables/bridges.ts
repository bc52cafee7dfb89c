/** `netmap bridges`: bridges with their ports, addresses and networks. In: the graph. Out: one row per bridge. */
import type { Cite } from '../../datapath/types.js'
import type { Graph, Namespace } from '../../model/graph.js'
import { type Link, linkId } from '../../model/link.js'
import {
  type Answer,
  addressText,
  containerNames,
  DOCKER_FILES,
  evidenceOf,
  gapsAbout,
  networkOfBridge,
  pickNamespaces,
  type TableQuestion,
} from './common.js'

export interface BridgePort {
  readonly interface: string
  /** forwarding, blocking, disabled … */
  readonly state: string | null
  readonly hairpin: boolean
  readonly isolated: boolean
  readonly vlans: readonly string[]
  /** namespace and containers at the other end of a veth port */
  readonly peerNamespace: string | null
  readonly containers: readonly string[]
}

export interface BridgeRow {
  readonly namespace: string
  readonly bridge: string
  readonly ifindex: number
  readonly mac: string | null
  readonly state: string
  readonly addresses: readonly string[]
  readonly network: string | null
  readonly stp: boolean
  readonly vlanFiltering: boolean
  /** br_netfilter: do bridged packets pass iptables? null: the module is not loaded, or the setting was not seen */
  readonly callIptables: boolean | null
  readonly ports: readonly BridgePort[]
  readonly evidence: readonly Cite[]
}

export interface BridgesAnswer extends Answer {
  readonly schema: 'netmap.bridges/1'
  readonly bridges: readonly BridgeRow[]
}

const FILES = ['ip-link.json', 'ip-addr.json', 'bridge-vlan.json', ...DOCKER_FILES]

const on = (value: unknown): boolean => value === 1 || value === true || value === 'on'

const portOf = (graph: Graph, ns: Namespace, link: Link): BridgePort => {
  const peer = graph.peers.get(linkId(link.ns, link.index))
  const there = graph.namespaces.get(peer?.toNamespace ?? '')
  return {
    interface: link.name,
    state: typeof link.slave['state'] === 'string' ? link.slave['state'] : null,
    hairpin: on(link.slave['hairpin']),
    isolated: on(link.slave['isolated']),
    vlans: ns.vlans
      .filter((vlan) => vlan.dev === link.name)
      .map((vlan) => `${vlan.vlan}${vlan.vlanEnd === vlan.vlan ? '' : `-${vlan.vlanEnd}`}`),
    peerNamespace: there?.name ?? null,
    containers: there ? containerNames(graph, there) : [],
  }
}

export const bridges = (graph: Graph, question: TableQuestion = {}): BridgesAnswer => {
  const picked = pickNamespaces(graph, question)
  const rows = picked.flatMap((ns) =>
    ns.links
      .filter((link) => link.kind === 'bridge')
      .map((bridge): BridgeRow => {
        const setting = ns.sysctls.get('net.bridge.bridge-nf-call-iptables')
        return {
          namespace: ns.name,
          bridge: bridge.name,
          ifindex: bridge.index,
          mac: bridge.mac,
          state: bridge.operstate,
          addresses: bridge.addresses.map(addressText),
          network: networkOfBridge(graph, ns, bridge.name)?.name ?? null,
          stp: on(bridge.info['stp_state']),
          vlanFiltering: on(bridge.info['vlan_filtering']),
          callIptables: setting ? setting.value === '1' : null,
          ports: ns.links.filter((link) => link.master === bridge.name).map((link) => portOf(graph, ns, link)),
          evidence: evidenceOf(graph, bridge.ref),
        }
      }),
  )
  return { schema: 'netmap.bridges/1', bridges: rows, gaps: gapsAbout(graph, picked, FILES) }
}
