/**
 * One walk of one packet: the state that its step functions share, and the ways it can end.
 *
 * A walk is thrown away when it ends. Everything a flow leaves in a kernel that its answer will meet (connection tracking) lives here.
 */
import { equalIp } from '../ip/index.js'
import type { Ip } from '../ip/types.js'
import type { Graph, Namespace } from '../model/graph.js'
import type { Link, NsId } from '../model/link.js'
import { linkId } from '../model/link.js'
import type { Certainty, Gap, Ref } from '../model/refs.js'
import { cites } from './cite.js'
import { newCtTable } from './conntrack.js'
import { flowView } from './flow.js'
import { makeFib } from './routing/index.js'
import type { Trail } from './trail.js'
import { newTrail } from './trail.js'
import type { Choose, CtTable, Disposition, HookContext, Packet, RejectReply, RuleCite, Step, StepKind } from './types.js'

/** How and where a walk ended. */
export interface End {
  readonly disposition: Disposition
  readonly ns: Namespace
  readonly link: Link | null
  readonly packet: Packet
  /** what happened, as the verdict sentence needs it */
  readonly detail: string
  readonly by: RuleCite | null
  readonly reject: RejectReply | null
  /** exits: who takes it next, null when on link */
  readonly nextHop: string | null
  /** delivered: the socket's owner, where one is known */
  readonly listener: string | null
  readonly gap: Gap | null
}

export interface Walk {
  readonly graph: Graph
  readonly choose: Choose
  /** replaced when the walk turns round: the reply has its own */
  trail: Trail
  readonly gaps: Gap[]
  readonly conntracks: Map<NsId, CtTable>
  readonly contexts: Map<NsId, HookContext>
  readonly seen: Set<string>
  /** relays crossed, innermost last: each ended a flow and started another */
  readonly relayed: RelayCrossing[]
  direction: 'request' | 'reply'
  /** the first packet of this direction as its sender sent it, source chosen, nothing translated yet */
  sent: Packet | null
  /** folders of namespaces that are there but were not read, and that this walk had to look into */
  readonly unread: Set<string>
  /** rules that refuse are passed over: used to learn what an established flow left behind */
  readonly permissive: boolean
}

/** A process ended `client`'s flow in `ns` and started `server`: the answer comes back through it. */
export interface RelayCrossing {
  readonly ns: Namespace
  /** the packet as the relay received it */
  readonly client: Packet
  /** the packet as the relay sent it on */
  readonly server: Packet
  readonly name: string
  readonly refs: readonly Ref[]
}

export const newWalk = (graph: Graph, choose: Choose, permissive = false): Walk => ({
  graph,
  choose,
  trail: newTrail(),
  gaps: [],
  conntracks: new Map(),
  contexts: new Map(),
  seen: new Set(),
  relayed: [],
  direction: 'request',
  sent: null,
  unread: new Set(),
  permissive,
})

export const hostName = (walk: Walk, ns: Namespace): string =>
  walk.graph.machines.find((machine) => machine.id === ns.machine)?.name ?? ns.machine

export const at = (walk: Walk, ns: Namespace, link: Link | null): void => walk.trail.at(ns, hostName(walk, ns), link)

/** The flows tracked in a namespace, for as long as this walk lasts. */
export const conntrackOf = (walk: Walk, ns: Namespace): CtTable => {
  const known = walk.conntracks.get(ns.id)
  if (known) return known
  const table = newCtTable(ns)
  walk.conntracks.set(ns.id, table)
  return table
}

export const hookContext = (walk: Walk, ns: Namespace): HookContext => {
  const known = walk.contexts.get(ns.id)
  if (known) return known
  const context: HookContext = {
    ns,
    choose: walk.choose,
    gap: (gap) => void walk.gaps.push(gap),
    fib: makeFib(ns, walk.choose),
    conntrack: conntrackOf(walk, ns),
    permissive: walk.permissive,
  }
  walk.contexts.set(ns.id, context)
  return context
}

export const step = (
  walk: Walk,
  kind: StepKind,
  summary: string,
  decision: string,
  refs: readonly Ref[],
  certainty: Certainty = refs.length > 0 ? 'observed' : 'derived',
): Step => ({ kind, summary, decision, evidence: cites(walk.graph, refs), certainty })

export const addStep = (walk: Walk, ...args: Parameters<typeof step> extends [Walk, ...infer R] ? R : never): void =>
  walk.trail.add(step(walk, ...args))

interface EndOptions {
  readonly link?: Link | null
  readonly by?: RuleCite
  readonly reject?: RejectReply
  readonly nextHop?: string | null
  readonly listener?: string | null
  readonly gap?: Gap
}

export const end = (disposition: Disposition, ns: Namespace, packet: Packet, detail: string, more: EndOptions = {}): End => ({
  disposition,
  ns,
  packet,
  detail,
  link: more.link ?? null,
  by: more.by ?? null,
  reject: more.reject ?? null,
  nextHop: more.nextHop ?? null,
  listener: more.listener ?? null,
  gap: more.gap ?? null,
})

/** A kernel check that drops: written as a step and ended, with the sysctl or line it rests on. */
export const drop = (
  walk: Walk,
  disposition: Disposition,
  ns: Namespace,
  packet: Packet,
  detail: string,
  refs: readonly Ref[] = [],
  more: EndOptions = {},
): End => {
  addStep(walk, 'drop', detail, disposition, refs)
  return end(disposition, ns, packet, detail, more)
}

/** Something that decides the answer could not be seen: the walk ends here, saying what and what would help. */
export const unknown = (walk: Walk, ns: Namespace, packet: Packet, gap: Gap, refs: readonly Ref[] = []): End => {
  walk.gaps.push(gap)
  addStep(walk, 'gap', gap.about, 'insufficient-info', refs, 'assumed')
  return end('insufficient-info', ns, packet, gap.about, { gap })
}

/** True the first time this packet is at this place; a packet that comes back unchanged would come back for ever. */
export const entered = (walk: Walk, ns: Namespace, link: Link, packet: Packet): boolean => {
  const flow = flowView(packet)
  const key = `${walk.direction} ${linkId(ns.id, link.index)} ${flow.src} ${flow.sport} ${flow.dst} ${flow.dport} ${flow.proto} ${flow.mark} ${packet.dstMac}`
  if (walk.seen.has(key)) return false
  walk.seen.add(key)
  return true
}

export const linkByName = (ns: Namespace, name: string | null): Link | null =>
  name === null ? null : (ns.links.find((link) => link.name === name) ?? null)

export const peerOf = (walk: Walk, link: Link) => walk.graph.peers.get(linkId(link.ns, link.index)) ?? null

/** Reads a sysctl of the namespace; null when it was not recorded. */
export const sysctl = (ns: Namespace, key: string): { readonly value: string; readonly ref: Ref } | null => ns.sysctls.get(key) ?? null

/** "net.ipv4.conf.<dev>.<name>": a dot in a device name is written "/" there. */
export const devSysctl = (ns: Namespace, family: 4 | 6, dev: string, name: string) =>
  sysctl(ns, `net.ipv${family}.conf.${dev.replaceAll('.', '/')}.${name}`)

/** The namespace behind a link whose other end was not read: the use case may ask the host for it. */
export const needs = (walk: Walk, link: Link): void => {
  const there = walk.graph.peers.get(linkId(link.ns, link.index))?.toNamespace
  const ns = there ? walk.graph.namespaces.get(there) : undefined
  if (ns && !ns.readable) walk.unread.add(ns.folder)
}

/** As `needs`, for whoever has `ip` among the unseen; for all of them where nobody is known to. */
export const needsOwner = (walk: Walk, unseen: readonly Link[], ip: Ip): void => {
  const owner = walk.graph.containers.find((one) => one.endpoints.some((end) => [end.ip4, end.ip6].some((own) => own && equalIp(own, ip))))
  const where = owner ? walk.graph.containerNamespace.get(owner.id) : undefined
  const known = where ? walk.graph.namespaces.get(where) : undefined
  if (known && !known.readable) walk.unread.add(known.folder)
  else for (const link of unseen) needs(walk, link)
}
