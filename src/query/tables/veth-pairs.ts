/** `netmap veth-pairs`: every veth once, with both of its ends. In: the graph. Out: pairs, the end that hangs on a bridge or in the host first. */
import type { Cite } from '../../datapath/types.js'
import type { Container } from '../../model/docker.js'
import type { Graph, Namespace, Peer } from '../../model/graph.js'
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

export interface VethEnd {
  readonly namespace: string
  readonly interface: string
  readonly ifindex: number
  readonly mac: string | null
  readonly state: string
  readonly bridge: string | null
  readonly addresses: readonly string[]
  readonly containers: readonly string[]
}

export interface VethPair {
  readonly end: VethEnd
  /** null: in a namespace that cannot be seen, or cannot be told */
  readonly peer: VethEnd | null
  /** known even where the other end itself is not */
  readonly peerIfindex: number | null
  readonly peerNamespace: string | null
  /** who lives at the other end (more than one with --network container:X) */
  readonly containers: readonly string[]
  /** "namespace": lives in the peer's namespace. "mac": only its MAC address was seen behind this port */
  readonly containersBy: 'namespace' | 'mac' | null
  readonly network: string | null
  readonly pairedBy: Peer['certainty']
  readonly why: string
  readonly candidates: readonly { readonly namespace: string; readonly interface: string; readonly ifindex: number }[]
  readonly evidence: readonly Cite[]
}

export interface VethPairsAnswer extends Answer {
  readonly schema: 'netmap.veth-pairs/1'
  readonly pairs: readonly VethPair[]
}

const FILES = ['ip-link.json', 'ip-addr.json', 'lsns.json', 'netns-procs.txt', ...DOCKER_FILES]

const endOf = (graph: Graph, ns: Namespace, link: Link): VethEnd => ({
  namespace: ns.name,
  interface: link.name,
  ifindex: link.index,
  mac: link.mac,
  state: link.operstate,
  bridge: link.master,
  addresses: link.addresses.map(addressText),
  containers: containerNames(graph, ns),
})

/** A container whose namespace is not visible: the bridge learned its MAC address behind this port. */
const learnedBehind = (graph: Graph, ns: Namespace, link: Link): readonly Container[] => {
  const macs = new Set(ns.fdb.filter((entry) => entry.dev === link.name && entry.mac !== link.mac).map((entry) => entry.mac))
  return graph.containers.filter(
    (container) =>
      !graph.containerNamespace.has(container.id) &&
      container.endpoints.some((endpoint) => endpoint.mac !== null && macs.has(endpoint.mac)),
  )
}

/** Which of the two is shown first: the host's, then the one on a bridge, then the older namespace. */
const rank = (ns: Namespace, link: Link): string =>
  `${ns.kind === 'host' ? 0 : 1} ${link.master ? 0 : 1} ${ns.id} ${String(link.index).padStart(10, '0')}`

const pairOf = (graph: Graph, ns: Namespace, link: Link, peer: Peer): VethPair => {
  const other = peer.to === null ? undefined : graph.links.get(peer.to)
  const there = graph.namespaces.get(other?.ns ?? peer.toNamespace ?? '')
  const learned = there ? [] : learnedBehind(graph, ns, link)
  const endpoint = graph.containers
    .filter((one) => there?.containers.includes(one.id))
    .flatMap((one) => one.endpoints)
    .find((one) => one.mac !== null && one.mac === other?.mac)
  return {
    end: endOf(graph, ns, link),
    peer: other && there ? endOf(graph, there, other) : null,
    peerIfindex: other?.index ?? link.lowerIndex,
    peerNamespace: there?.name ?? null,
    containers: there ? containerNames(graph, there) : learned.map((container) => container.name),
    containersBy: there ? (there.containers.length > 0 ? 'namespace' : null) : learned.length > 0 ? 'mac' : null,
    network: networkOfBridge(graph, ns, link.master)?.name ?? endpoint?.network ?? null,
    pairedBy: peer.certainty,
    why: peer.why,
    candidates: peer.candidates.flatMap((id) => {
      const candidate = graph.links.get(id)
      return candidate
        ? [{ namespace: graph.namespaces.get(candidate.ns)?.name ?? candidate.ns, interface: candidate.name, ifindex: candidate.index }]
        : []
    }),
    evidence: evidenceOf(graph, link.ref, ...(other ? [other.ref] : [])),
  }
}

export const vethPairs = (graph: Graph, question: TableQuestion = {}): VethPairsAnswer => {
  const picked = pickNamespaces(graph, question)
  const wanted = new Set(picked.map((ns) => ns.id))
  const pairs: { readonly key: string; readonly pair: VethPair }[] = []
  for (const ns of graph.namespaces.values())
    for (const link of ns.links) {
      const peer = link.kind === 'veth' ? graph.peers.get(linkId(link.ns, link.index)) : undefined
      if (!peer) continue
      const other = peer.to === null ? undefined : graph.links.get(peer.to)
      const there = other ? graph.namespaces.get(other.ns) : undefined
      if (!wanted.has(ns.id) && !wanted.has(peer.toNamespace ?? '')) continue
      // the other end shows the pair: it comes first, and knows this one as its peer
      if (other && there && rank(there, other) < rank(ns, link) && graph.peers.get(linkId(other.ns, other.index))?.to === peer.from)
        continue
      pairs.push({ key: rank(ns, link), pair: pairOf(graph, ns, link, peer) })
    }
  return {
    schema: 'netmap.veth-pairs/1',
    pairs: pairs.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ pair }) => pair),
    gaps: gapsAbout(graph, picked, FILES),
  }
}
