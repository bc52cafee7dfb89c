/**
 * A process sends: route and source address, OUTPUT, perhaps another route, POSTROUTING.
 * Kernel: net/ipv4/route.c:ip_route_output_key_hash, net/ipv4/ip_output.c:__ip_local_out, net/ipv4/netfilter.c:ip_route_me_harder.
 */
import { formatIp, isUnspecified } from '../ip/index.js'
import type { Namespace } from '../model/graph.js'
import type { NextHop } from '../model/route.js'
import { describe } from './flow.js'
import { passHook } from './hook.js'
import { pickLeg, routeErrorDisposition } from './input.js'
import { lookup, type RouteResult, sourceAddress } from './routing/index.js'
import { ended, type Stage, type StageOf } from './stage.js'
import type { Packet } from './types.js'
import { addStep, at, drop, linkByName, unknown, type Walk } from './walk.js'

const ask = (walk: Walk, ns: Namespace, packet: Packet): RouteResult =>
  lookup(
    ns,
    {
      family: packet.family,
      dst: packet.dst,
      src: isUnspecified(packet.src) ? null : packet.src,
      iif: null,
      oif: null,
      mark: packet.mark,
      tos: packet.tos,
      ipproto: packet.proto,
      sport: packet.sport,
      dport: packet.dport,
      uid: packet.owner?.uid ?? null,
      localOut: true,
    },
    walk.choose,
  )

/** A route to one of the namespace's own addresses is left by `lo`, whatever device the address is on. */
const legOf = (walk: Walk, found: Extract<RouteResult, { kind: 'route' }>): NextHop | null =>
  found.route.type === 'local' ? { dev: 'lo', via: null, weight: 1, flags: [] } : pickLeg(walk, found.route, found.legs)

export const outputStage = (walk: Walk, stage: StageOf<'output'>): Stage => {
  const { ns } = stage
  let packet = stage.packet
  at(walk, ns, null)
  let found = ask(walk, ns, packet)
  if (found.kind === 'error') return noWay(walk, ns, packet, found)
  let leg = legOf(walk, found)
  if (isUnspecified(packet.src)) {
    const chosen = found.route.type === 'local' && !found.route.prefsrc ? packet.dst : sourceAddress(ns, found.route, leg, packet.dst)
    if (!chosen) return ended(drop(walk, 'no-route', ns, packet, `${ns.name} has no IPv${packet.family} address to send from`, [found.route.ref]))
    packet = { ...packet, src: chosen }
    /** connect() looks again with the source it chose, so that `from` rules see it (net/ipv4/route.c:ip_route_connect) */
    found = ask(walk, ns, packet)
    if (found.kind === 'error') return noWay(walk, ns, packet, found)
    leg = legOf(walk, found)
  }
  const first = linkByName(ns, leg?.dev ?? null)
  if (!leg || !first) return lost(walk, ns, packet, leg?.dev ?? null)
  walk.sent ??= packet
  addStep(walk, 'emit', describe(packet), walk.direction === 'reply' ? 'answer' : 'send', [])
  addStep(walk, 'route', found.route.ref.text, found.route.table, found.cites)
  const sent = passHook(walk, ns, 'output', { ...packet, iif: null, oif: first })
  if (sent.end) return ended(sent.end)
  packet = sent.packet
  let oif = first
  if (sent.reroute) {
    const again = ask(walk, ns, packet)
    if (again.kind === 'error') return noWay(walk, ns, packet, again)
    leg = legOf(walk, again)
    const next = linkByName(ns, leg?.dev ?? null)
    if (!leg || !next) return lost(walk, ns, packet, leg?.dev ?? null)
    oif = next
    addStep(walk, 'route', `again: ${again.route.ref.text}`, again.route.table, again.cites)
  }
  const post = passHook(walk, ns, 'postrouting', { ...packet, oif }, leg.via ?? packet.dst)
  if (post.end) return ended(post.end)
  return { at: 'neighbour', ns, dev: oif, packet: post.packet, leg }
}

const noWay = (walk: Walk, ns: Namespace, packet: Packet, found: Extract<RouteResult, { kind: 'error' }>): Stage => {
  const dst = formatIp(packet.dst)
  const what = found.type === 'no-route' ? `${ns.name} has no route to ${dst}` : `the route to ${dst} is ${found.type}`
  return ended(drop(walk, routeErrorDisposition(found.type), ns, packet, what, found.cites))
}

const lost = (walk: Walk, ns: Namespace, packet: Packet, dev: string | null): Stage =>
  ended(unknown(walk, ns, packet, { about: `device ${dev ?? '?'} of ${ns.name} was not recorded`, because: 'not-recorded', remedy: 'ip link' }))
