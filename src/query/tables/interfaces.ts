/** `netmap interfaces`: every link of every namespace. In: the graph. Out: one row per link with what its kind adds (peer, parent, VLAN, VNI …). */
import type { Cite } from '../../datapath/types.js'
import type { Graph, Namespace } from '../../model/graph.js'
import { type Link, linkId } from '../../model/link.js'
import { type Answer, addressText, containerNames, evidenceOf, gapsAbout, pickNamespaces, type TableQuestion } from './common.js'

export interface InterfaceRow {
  readonly namespace: string
  readonly containers: readonly string[]
  readonly interface: string
  readonly ifindex: number
  /** "physical" for a NIC without a kind */
  readonly kind: string
  /** as `ip` prints it: UP, DOWN, UNKNOWN, LOWERLAYERDOWN … */
  readonly state: string
  readonly up: boolean
  readonly mtu: number
  readonly mac: string | null
  readonly master: string | null
  readonly addresses: readonly string[]
  readonly altnames: readonly string[]
  /** "peer eth0 in web", "vlan 10 on eth0", "vxlan 42 remote 192.0.2.9": what the kind adds, in words */
  readonly detail: string
  readonly evidence: readonly Cite[]
}

export interface InterfacesAnswer extends Answer {
  readonly schema: 'netmap.interfaces/1'
  readonly interfaces: readonly InterfaceRow[]
}

export interface InterfacesQuestion extends TableQuestion {
  readonly kind?: string | null
}

const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')

const parent = (graph: Graph, ns: Namespace, link: Link): string => {
  if (link.lowerName !== null) return link.lowerName
  if (link.lowerIndex === null) return ''
  const where = link.lowerNetnsid === null ? ns.id : ns.nsids.get(link.lowerNetnsid)
  const lower = where === undefined ? undefined : graph.links.get(linkId(where, link.lowerIndex))
  const home = where === undefined ? undefined : graph.namespaces.get(where)
  if (lower && home) return home.id === ns.id ? lower.name : `${lower.name} in ${home.name}`
  return `index ${link.lowerIndex} in a namespace that is not visible`
}

const vethDetail = (graph: Graph, link: Link): string => {
  const peer = graph.peers.get(linkId(link.ns, link.index))
  const other = peer?.to ? graph.links.get(peer.to) : undefined
  const home = graph.namespaces.get(other?.ns ?? peer?.toNamespace ?? '')
  if (other && home) return `peer ${other.name} in ${home.name}${peer?.certainty === 'confirmed' ? '' : ` (${peer?.certainty})`}`
  return home ? `peer in ${home.name}, not readable` : `peer unknown: ${peer?.why ?? ''}`
}

const detailOf = (graph: Graph, ns: Namespace, link: Link): string => {
  const { info } = link
  const on = parent(graph, ns, link)
  const onText = on === '' ? '' : ` on ${on}`
  switch (link.kind) {
    case 'veth':
      return vethDetail(graph, link)
    case 'bridge':
      return [text(info['stp_state']) === '1' ? 'STP' : '', text(info['vlan_filtering']) === '1' ? 'VLAN filtering' : '']
        .filter((part) => part !== '')
        .join(', ')
    case 'vlan':
      return `vlan ${text(info['id'])}${onText}`
    case 'vxlan':
      return [
        `vni ${text(info['id'])}`,
        text(info['remote']) && `remote ${text(info['remote'])}`,
        text(info['group']) && `group ${text(info['group'])}`,
        text(info['port']) && `port ${text(info['port'])}`,
      ]
        .filter((part) => part !== '')
        .join(' ')
    case 'macvlan':
    case 'macvtap':
    case 'ipvlan':
      return `${text(info['mode'])}${onText}`.trim()
    case 'tun':
      return text(info['type'])
    case 'vrf':
      return `table ${text(info['table'])}`
    case 'bond':
      return text(info['mode'])
    case 'gre':
    case 'gretap':
    case 'ipip':
    case 'sit':
    case 'geneve':
      return text(info['remote']) === '' ? '' : `remote ${text(info['remote'])}`
    default:
      return onText.trim()
  }
}

export const interfaces = (graph: Graph, question: InterfacesQuestion = {}): InterfacesAnswer => {
  const picked = pickNamespaces(graph, question)
  const rows = picked.flatMap((ns) => {
    const containers = containerNames(graph, ns)
    return ns.links
      .filter((link) => !question.kind || link.kind === question.kind)
      .map(
        (link): InterfaceRow => ({
          namespace: ns.name,
          containers,
          interface: link.name,
          ifindex: link.index,
          kind: link.kind,
          state: link.operstate,
          up: link.flags.includes('UP'),
          mtu: link.mtu,
          mac: link.mac,
          master: link.master,
          addresses: link.addresses.map(addressText),
          altnames: link.altnames,
          detail: detailOf(graph, ns, link),
          evidence: evidenceOf(graph, link.ref),
        }),
      )
  })
  return {
    schema: 'netmap.interfaces/1',
    interfaces: rows,
    gaps: gapsAbout(graph, picked, ['ip-link.json', 'ip-addr.json', 'netns-procs.txt']),
  }
}
