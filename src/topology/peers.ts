/**
 * Whose peer is whose. In: namespaces with their links and NSID tables. Out: for every veth its other end, and how sure that is.
 *
 * A veth names its peer by ifindex and by an NSID of the namespace that reported it. The index alone says nothing: since Docker 28
 * every container's NIC is ifindex 2. So:
 *   confirmed   one end's own NSID table names the namespace of the other, and the link found there names this one back;
 *               or both ends are in one namespace and name each other
 *   inferred    no table names the NSID, and exactly one veth fits (peers-inferred.ts)
 *   ambiguous   more than one fits (they are listed), or none does
 */
import type { Namespace, Peer } from '../model/graph.js'
import type { Link, LinkId, NsId } from '../model/link.js'
import { lazyMap, once } from './lazy.js'
import { inferPeers } from './peers-inferred.js'
import { idOf, isElsewhere, isVeth, type LinkIndex, peerIndex } from './veth.js'

const namesBack = (link: Link, other: Link): boolean => isVeth(other) && isElsewhere(other) && peerIndex(other) === link.index

const CHANGED = 'the host changed while it was read'

/** What the reporter's own table says: a definite answer, or nothing. */
const byOwnTable = ({ namespaces, find }: LinkIndex, link: Link): Peer | null => {
  const index = peerIndex(link)
  if (link.lowerNetnsid === null || index === null) return null
  const target = namespaces.get(link.ns)?.nsids.get(link.lowerNetnsid)
  const there = target === undefined ? undefined : namespaces.get(target)
  if (target === undefined || !there) return null
  const base = { from: idOf(link), toNamespace: target, candidates: [] }
  if (!there.readable)
    return { ...base, to: null, certainty: 'inferred', why: `the other end is in ${there.name}, whose links could not be read` }
  const other = find(target, index)
  if (!other || !isVeth(other))
    return {
      ...base,
      to: null,
      certainty: 'ambiguous',
      why: `NSID ${link.lowerNetnsid} is ${there.name}, which has no veth with index ${index}: ${CHANGED}`,
    }
  const back = other.lowerNetnsid === null ? undefined : there.nsids.get(other.lowerNetnsid)
  if (!namesBack(link, other) || (back !== undefined && back !== link.ns))
    return {
      ...base,
      to: null,
      certainty: 'ambiguous',
      why: `${other.name} in ${there.name} does not name this link back: ${CHANGED}`,
      candidates: [idOf(other)],
    }
  return { ...base, to: idOf(other), certainty: 'confirmed', why: 'both ends name each other, through the NSID table' }
}

/** Both ends in one namespace: no NSID, and `ip` names the other end or its index. */
const inSameNamespace = ({ namespaces, find }: LinkIndex, link: Link): Peer | null => {
  if (isElsewhere(link)) return null
  const from = idOf(link)
  const other =
    link.lowerIndex !== null ? find(link.ns, link.lowerIndex) : namespaces.get(link.ns)?.links.find((one) => one.name === link.lowerName)
  const back = other && isVeth(other) && !isElsewhere(other) && (other.lowerIndex === link.index || other.lowerName === link.name)
  if (other && back)
    return {
      from,
      to: idOf(other),
      toNamespace: link.ns,
      certainty: 'confirmed',
      why: 'both ends are in one namespace and name each other',
      candidates: [],
    }
  return {
    from,
    to: null,
    toNamespace: null,
    certainty: 'ambiguous',
    why: 'the kernel named no namespace for the other end, and no link here fits',
    candidates: [],
  }
}

/** Namespaces that know an NSID of `ns`: mostly the host, whose table was read; a container's own table rarely is. */
const knownBy = (namespaces: ReadonlyMap<NsId, Namespace>) => {
  const all = once(() => {
    const byTarget = new Map<NsId, NsId[]>()
    for (const ns of namespaces.values())
      for (const target of new Set(ns.nsids.values())) {
        const owners = byTarget.get(target)
        if (owners) owners.push(ns.id)
        else byTarget.set(target, [ns.id])
      }
    return byTarget
  })
  return (ns: NsId): readonly NsId[] => all().get(ns) ?? []
}

export const peersOf = (index: LinkIndex): ReadonlyMap<LinkId, Peer> => {
  const owners = knownBy(index.namespaces)
  /** The other end's table, read backwards. */
  const byOtherTable = (link: Link): Peer | null => {
    const there = peerIndex(link)
    if (!isElsewhere(link) || there === null) return null
    for (const ns of owners(link.ns)) {
      const other = index.find(ns, there)
      const peer = other && isVeth(other) ? byOwnTable(index, other) : null
      if (other && peer?.to === idOf(link))
        return { from: idOf(link), to: idOf(other), toNamespace: ns, certainty: 'confirmed', why: peer.why, candidates: [] }
    }
    return null
  }
  const definite = (link: Link): Peer | null => inSameNamespace(index, link) ?? byOwnTable(index, link) ?? byOtherTable(link)
  const rest = once(() => inferPeers(index, definite))
  const find = (id: LinkId): Peer | undefined => {
    const at = id.lastIndexOf('#')
    const link = index.find(id.slice(0, at), Number(id.slice(at + 1)))
    return link && isVeth(link) ? (definite(link) ?? rest().get(id)) : undefined
  }
  return lazyMap(find, function* () {
    for (const ns of index.namespaces.values()) for (const link of ns.links) if (isVeth(link)) yield idOf(link)
  })
}
