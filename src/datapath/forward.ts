/**
 * ip_forward: TTL and MTU are checked, and the TTL lowered, before any FORWARD rule is asked.
 * Kernel: net/ipv4/ip_forward.c:ip_forward, net/ipv6/ip6_output.c:ip6_forward.
 */
import { passHook } from './hook.js'
import { ended, type Stage, type StageOf } from './stage.js'
import { addStep, at, drop, linkByName, unknown, type Walk } from './walk.js'

export const forwardStage = (walk: Walk, stage: StageOf<'forward'>): Stage => {
  const { ns, iif, leg } = stage
  const oif = linkByName(ns, leg.dev)
  let packet = stage.packet
  if (!oif)
    return ended(
      unknown(walk, ns, packet, { about: `device ${leg.dev} of ${ns.name} was not recorded`, because: 'not-recorded', remedy: 'ip link' }),
    )
  at(walk, ns, null)
  if (packet.ttl <= 1) return ended(drop(walk, 'ttl-exceeded', ns, packet, `TTL ran out in ${ns.name}; the sender gets ICMP time exceeded`))
  const mtu = Math.min(oif.mtu, stage.mtu ?? oif.mtu)
  if (packet.length > mtu && (packet.df || packet.family === 6)) {
    const what = `${packet.length} bytes do not fit ${oif.name} (MTU ${mtu}); the sender gets ICMP ${packet.family === 4 ? 'fragmentation needed' : 'packet too big'}`
    return ended(drop(walk, 'too-big', ns, packet, what, [oif.ref], { link: oif }))
  }
  packet = { ...packet, ttl: packet.ttl - 1, oif }
  addStep(walk, 'forward', `${iif.name} → ${oif.name}, TTL ${packet.ttl}`, 'forward', [])
  const forwarded = passHook(walk, ns, 'forward', packet)
  if (forwarded.end) return ended(forwarded.end)
  const nextHop = leg.via ?? forwarded.packet.dst
  const post = passHook(walk, ns, 'postrouting', { ...forwarded.packet, oif }, nextHop)
  if (post.end) return ended(post.end)
  return { at: 'neighbour', ns, dev: oif, packet: post.packet, leg }
}
