/**
 * The Ethernet segment seen from a device: who could answer an ARP request sent there, and where the segment leaves our sight.
 *
 * In: a link that sends. Out: links that run IP on the same segment, and the links behind which nobody can look: uplinks (a NIC, or the
 * outer end of the host) and unseen ones (a veth whose other end is in a namespace that could not be read).
 */
import type { Graph, Namespace } from '../model/graph.js'
import type { Link } from '../model/link.js'
import { isUp, linkId } from '../model/link.js'

export interface Segment {
  readonly owners: readonly Link[]
  readonly uplinks: readonly Link[]
  readonly unseen: readonly Link[]
}

const namespaceOf = (graph: Graph, link: Link): Namespace | undefined => graph.namespaces.get(link.ns)

const masterOf = (graph: Graph, link: Link): Link | null =>
  link.master === null ? null : (namespaceOf(graph, link)?.links.find((other) => other.name === link.master) ?? null)

export const bridgeOf = (graph: Graph, link: Link): Link | null => {
  const master = masterOf(graph, link)
  return master?.kind === 'bridge' ? master : null
}

export const portsOf = (graph: Graph, bridge: Link): readonly Link[] =>
  namespaceOf(graph, bridge)?.links.filter((link) => link.master === bridge.name) ?? []

/**
 * A way out of everything netmap can see: a NIC, or a veth of the host's own namespace that is no bridge port and whose other end is in
 * nobody's sight (the host is itself a container or a VM of somebody else's).
 */
export const isUplink = (graph: Graph, link: Link): boolean => {
  if (link.kind === 'physical') return true
  if (link.kind !== 'veth' || link.master !== null) return false
  return namespaceOf(graph, link)?.kind === 'host' && !graph.peers.get(linkId(link.ns, link.index))?.to
}

/** macvlan and ipvlan children whose parent is this link, in whichever namespace they live now. */
export const childrenOf = (graph: Graph, parent: Link): readonly Link[] =>
  [...graph.namespaces.values()].flatMap((ns) =>
    ns.links.filter((link) => {
      if (!/^(macvlan|macvtap|ipvlan)$/.test(link.kind) || link.lowerIndex !== parent.index) return false
      if (link.lowerNetnsid === null) return ns.id === parent.ns
      const where = ns.nsids.get(link.lowerNetnsid)
      return where === undefined ? ns.id !== parent.ns : where === parent.ns
    }),
  )

export const parentOf = (graph: Graph, child: Link): Link | null => {
  if (child.lowerIndex === null) return null
  const here = namespaceOf(graph, child)
  if (child.lowerNetnsid === null) return here?.links.find((link) => link.index === child.lowerIndex) ?? null
  const where = here?.nsids.get(child.lowerNetnsid)
  if (where) return graph.links.get(linkId(where, child.lowerIndex)) ?? null
  const candidates = [...graph.links.values()].filter((link) => childrenOf(graph, link).includes(child))
  return candidates.length === 1 ? (candidates[0] ?? null) : null
}

export const segmentOf = (graph: Graph, start: Link): Segment => {
  const owners: Link[] = []
  const uplinks: Link[] = []
  const unseen: Link[] = []
  const visited = new Set<string>([linkId(start.ns, start.index)])
  const fresh = (link: Link): boolean => {
    const id = linkId(link.ns, link.index)
    if (visited.has(id)) return false
    visited.add(id)
    return true
  }

  /** a frame arrives at `link` from its other side */
  const arrives = (link: Link): void => {
    if (!fresh(link) || !isUp(link)) return
    const bridge = bridgeOf(graph, link)
    if (bridge) return switches(bridge)
    owners.push(link)
    for (const child of childrenOf(graph, link)) if (fresh(child)) owners.push(child)
  }
  const switches = (bridge: Link): void => {
    if (!isUp(bridge)) return
    if (fresh(bridge)) owners.push(bridge)
    for (const port of portsOf(graph, bridge)) if (isUp(port) && fresh(port)) leaves(port)
  }
  /** a frame is sent by `link` to its other side */
  const leaves = (link: Link): void => {
    if (isUplink(graph, link)) {
      uplinks.push(link)
      for (const child of childrenOf(graph, link)) if (fresh(child)) owners.push(child)
      return
    }
    if (link.kind === 'bridge') return switches(link)
    if (link.kind === 'veth') {
      const peer = graph.peers.get(linkId(link.ns, link.index))?.to
      const other = peer ? graph.links.get(peer) : undefined
      if (other) return arrives(other)
    }
    if (/^(macvlan|macvtap)$/.test(link.kind)) {
      const parent = parentOf(graph, link)
      if (parent) {
        for (const child of childrenOf(graph, parent)) if (fresh(child)) owners.push(child)
        const bridge = bridgeOf(graph, parent)
        if (bridge) return switches(bridge)
        return leaves(parent)
      }
    }
    unseen.push(link)
  }
  leaves(start)
  return { owners, uplinks, unseen }
}
