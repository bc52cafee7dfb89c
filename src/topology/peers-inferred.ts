/**
 * What the NSID tables leave open: some were not read (no root, a nested engine). In: all veths and the pairs that are certain. Out: a peer
 * for each of the others. A pair is inferred only where each end fits the other and nothing else fits either: the indexes name each
 * other, no known NSID of either namespace says otherwise, and the namespace holds a fitting end for every link with the same NSID.
 */
import type { Peer } from '../model/graph.js'
import type { Link, LinkId, NsId } from '../model/link.js'
import { idOf, isElsewhere, isVeth, type LinkIndex, peerIndex } from './veth.js'

/** NSIDs of all namespaces, as they become known. An NSID means one namespace, and a namespace has one NSID. */
const newKnowledge = () => {
  const byNsid = new Map<string, NsId>()
  const byTarget = new Map<string, number>()
  const namespaceOf = (link: Link): NsId | undefined => byNsid.get(`${link.ns} ${link.lowerNetnsid}`)
  return {
    learn(owner: NsId, nsid: number | null, target: NsId): void {
      if (nsid === null) return
      byNsid.set(`${owner} ${nsid}`, target)
      byTarget.set(`${owner} ${target}`, nsid)
    },
    namespaceOf,
    allows: (link: Link, target: NsId): boolean =>
      (namespaceOf(link) ?? target) === target && (byTarget.get(`${link.ns} ${target}`) ?? link.lowerNetnsid) === link.lowerNetnsid,
  }
}

const slot = (index: number | null, peer: number | null): string => `${index} ${peer}`

export const inferPeers = (index: LinkIndex, definite: (link: Link) => Peer | null): ReadonlyMap<LinkId, Peer> => {
  const known = newKnowledge()
  const open = new Map<LinkId, Link>()
  for (const ns of index.namespaces.values()) {
    for (const [nsid, target] of ns.nsids) known.learn(ns.id, nsid, target)
    for (const link of ns.links) {
      if (!isVeth(link) || !isElsewhere(link)) continue
      const peer = definite(link)
      if (!peer) open.set(idOf(link), link)
      else if (peer.toNamespace) known.learn(link.ns, link.lowerNetnsid, peer.toNamespace)
    }
  }
  const bySlot = new Map<string, Link[]>()
  const byNsid = new Map<string, Link[]>()
  const put = (map: Map<string, Link[]>, key: string, link: Link): void => {
    const list = map.get(key)
    if (list) list.push(link)
    else map.set(key, [link])
  }
  for (const link of open.values()) {
    put(bySlot, slot(link.index, peerIndex(link)), link)
    put(byNsid, slot(link.lowerNetnsid, null) + link.ns, link)
  }
  const opposite = (link: Link): readonly Link[] => bySlot.get(slot(peerIndex(link), link.index)) ?? []
  const fits = (link: Link, other: Link): boolean =>
    open.has(idOf(other)) && other.ns !== link.ns && known.allows(link, other.ns) && known.allows(other, link.ns)
  const siblings = (link: Link): readonly Link[] =>
    (byNsid.get(slot(link.lowerNetnsid, null) + link.ns) ?? []).filter((one) => open.has(idOf(one)))
  const rivals = (link: Link): readonly Link[] =>
    opposite(link).filter(
      (other) => fits(link, other) && siblings(link).every((one) => opposite(one).some((end) => end.ns === other.ns && fits(one, end))),
    )

  const decided = new Map<LinkId, Peer>()
  const why = 'the only two veths whose indexes name each other; the NSID itself was not resolved'
  const pair = (link: Link, other: Link): void => {
    for (const [from, to] of [
      [link, other],
      [other, link],
    ] as const) {
      decided.set(idOf(from), { from: idOf(from), to: idOf(to), toNamespace: to.ns, certainty: 'inferred', why, candidates: [] })
      known.learn(from.ns, from.lowerNetnsid, to.ns)
      open.delete(idOf(from))
    }
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const link of [...open.values()]) {
      if (!open.has(idOf(link))) continue
      const [only, second] = rivals(link)
      if (!only || second || rivals(only).length > 1) continue
      pair(link, only)
      changed = true
    }
  }
  for (const link of open.values()) {
    const candidates = rivals(link).map(idOf)
    const toNamespace = known.namespaceOf(link) ?? null
    decided.set(idOf(link), {
      from: idOf(link),
      to: null,
      toNamespace,
      certainty: 'ambiguous',
      why:
        candidates.length > 0
          ? `${candidates.length} links fit and nothing tells them apart`
          : `the other end is in a namespace that is not visible (NSID ${link.lowerNetnsid})`,
      candidates,
    })
  }
  return decided
}
