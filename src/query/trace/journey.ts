/**
 * There and back: one walk of the request, and of the answer it would get, sharing what the request left in each kernel's connection
 * tracking. In: where the packet starts. Out: both paths with how they ended.
 */
import { addStep, at, end, newWalk, type End, type Walk } from '../../datapath/walk.js'
import type { Stage } from '../../datapath/stage.js'
import { newTrail } from '../../datapath/trail.js'
import { travel } from '../../datapath/travel.js'
import { type Choose, type Hop, type Packet, TCP } from '../../datapath/types.js'
import { equalIp, formatIp } from '../../ip/index.js'
import type { Graph, Namespace } from '../../model/graph.js'
import type { Link } from '../../model/link.js'
import type { Gap } from '../../model/refs.js'
import { answerTo } from './packet.js'

export type Start =
  | { readonly kind: 'inside'; readonly ns: Namespace; readonly packet: Packet }
  /** arrives from outside by this link, from the gateway's side */
  | { readonly kind: 'outside'; readonly ns: Namespace; readonly link: Link; readonly packet: Packet }

export interface Leg {
  readonly end: End
  readonly hops: readonly Hop[]
  readonly sent: Packet
  readonly gaps: readonly Gap[]
}

export interface Journey {
  /** namespaces that were not read and stood in the way */
  readonly unread: readonly string[]
  readonly request: Leg
  /** null: nothing comes back because nothing arrived */
  readonly reply: Leg | null
}

const stageOf = (start: Start): Stage =>
  start.kind === 'inside'
    ? { at: 'output', ns: start.ns, packet: start.packet, bound: start.packet.src.value !== 0 }
    : { at: 'receive', ns: start.ns, link: start.link, packet: { ...start.packet, dstMac: start.link.mac } }

const leg = (walk: Walk, done: End, fallback: Packet): Leg => ({ end: done, hops: walk.trail.hops(), sent: walk.sent ?? fallback, gaps: [...walk.gaps] })

/**
 * `established` asks about a later packet of a flow that once got through: one that every kernel on the way knows, with the NAT it was
 * given then. A first walk that no rule can stop leaves just that behind.
 */
export const journey = (graph: Graph, start: Start, choose: Choose, established = false): Journey => {
  if (!established) return once(newWalk(graph, choose), start)
  const first = newWalk(graph, choose, true)
  once(first, start)
  const walk: Walk = { ...newWalk(graph, choose), conntracks: first.conntracks }
  return once(walk, { ...start, packet: { ...start.packet, tcpFlags: start.packet.tcpFlags === 0 ? 0 : TCP.ACK } })
}

const once = (walk: Walk, start: Start): Journey => {
  if (start.kind === 'outside') walk.sent = start.packet
  const arrived = travel(walk, stageOf(start))
  const request = leg(walk, arrived, start.packet)
  if (arrived.disposition !== 'delivered' && arrived.disposition !== 'exits') return { request, reply: null, unread: [...walk.unread] }
  const reply = wayBack(walk, start, request)
  return { request, reply, unread: [...walk.unread] }
}

/** Where the answer to what ended at `done` starts. */
const answering = (done: End): Stage => {
  const packet = answerTo(done.packet)
  if (done.disposition === 'delivered' || done.link === null) return { at: 'output', ns: done.ns, packet, bound: true }
  /** the neighbour answers to the MAC that asked, which on a bridge or a macvlan is not the NIC's own */
  return { at: 'receive', ns: done.ns, link: done.link, packet: { ...packet, dstMac: done.packet.srcMac ?? done.link.mac } }
}

const wayBack = (walk: Walk, start: Start, request: Leg): Leg => {
  walk.direction = 'reply'
  walk.trail = newTrail()
  walk.gaps.length = 0
  walk.sent = null
  let stage = answering(request.end)
  const crossings = [...walk.relayed].toReversed()
  const first = answerTo(request.end.packet)
  for (const crossing of crossings) {
    const back = travel(walk, stage)
    if (back.disposition !== 'delivered' || back.ns.id !== crossing.ns.id) return leg(walk, back, first)
    at(walk, crossing.ns, null)
    addStep(walk, 'relay', `${crossing.name} passes the answer on`, crossing.name, crossing.refs)
    stage = { at: 'output', ns: crossing.ns, packet: answerTo(crossing.client), bound: true }
  }
  const back = travel(walk, stage)
  return leg(walk, arrivedHome(walk, start, request, back), first)
}

/** The sender takes an answer only from the address it asked: anything else is nobody's packet there. */
const arrivedHome = (walk: Walk, start: Start, request: Leg, back: End): End => {
  const home = start.kind === 'inside' ? back.disposition === 'delivered' && back.ns.id === start.ns.id : back.disposition === 'exits'
  if (!home) return back
  const asked = request.sent
  const expected = { ip: asked.dst, port: asked.dport }
  if (equalIp(back.packet.src, expected.ip) && back.packet.sport === expected.port) return back
  const from = `${formatIp(back.packet.src)}${back.packet.sport === null ? '' : `:${back.packet.sport}`}`
  const detail = `the answer comes from ${from}, but ${formatIp(expected.ip)}${expected.port === null ? '' : `:${expected.port}`} was asked: the sender drops it`
  addStep(walk, 'drop', detail, 'no-listener', [])
  return end('no-listener', back.ns, back.packet, detail, { link: back.link })
}
