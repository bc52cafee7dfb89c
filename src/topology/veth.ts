/** The few things about a veth that both ways of pairing (peers.ts, peers-inferred.ts) ask. */
import type { Namespace } from '../model/graph.js'
import { type Link, type LinkId, linkId, type NsId } from '../model/link.js'

export interface LinkIndex {
  readonly namespaces: ReadonlyMap<NsId, Namespace>
  readonly find: (ns: NsId, index: number) => Link | undefined
}

export const isVeth = (link: Link): boolean => link.kind === 'veth'
export const idOf = (link: Link): LinkId => linkId(link.ns, link.index)
export const isElsewhere = (link: Link): boolean => link.lowerNetnsid !== null

/** Old kernels leave IFLA_LINK out where both ends have the same index: then an NSID alone means "my own index, over there". */
export const peerIndex = (link: Link): number | null => link.lowerIndex ?? (link.lowerNetnsid === null ? null : link.index)
