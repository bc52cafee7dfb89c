/**
 * A frame arrives on a device. What the device is a part of decides who takes it: a bridge, a bond, a macvlan child, or IP itself.
 * Kernel: net/core/dev.c:__netif_receive_skb_core (rx_handler), net/ipv4/ip_input.c (OTHERHOST).
 */
import { isUp } from '../model/link.js'
import { bridgeOf, childrenOf } from './segment.js'
import { ended, type Stage, type StageOf } from './stage.js'
import { addStep, at, drop, end, entered, linkByName, type Walk } from './walk.js'

export const receiveStage = (walk: Walk, stage: StageOf<'receive'>): Stage => {
  const { ns, link, packet } = stage
  at(walk, ns, link)
  if (!isUp(link)) return ended(drop(walk, 'no-route', ns, packet, `${link.name} is down`, [link.ref], { link }))
  if (!entered(walk, ns, link, packet)) {
    addStep(walk, 'drop', `the packet is here for the second time, unchanged`, 'loop', [link.ref])
    return ended(end('loop', ns, packet, `the packet goes round for ever through ${link.name}`, { link }))
  }
  const bridge = bridgeOf(walk.graph, link)
  if (bridge) return { at: 'bridge', ns, bridge, port: link, packet }
  const master = linkByName(ns, link.master)
  if (master && /^(bond|team)$/.test(master.kind)) return { at: 'receive', ns, link: master, packet }
  const child = childrenOf(walk.graph, link).find((candidate) => candidate.mac !== null && candidate.mac === packet.dstMac)
  const childNs = child ? walk.graph.namespaces.get(child.ns) : undefined
  if (child && childNs && child.mac !== link.mac) return { at: 'receive', ns: childNs, link: child, packet }
  addStep(walk, 'enter', link.addresses.length > 0 ? `${link.name}` : link.name, 'enter', [link.ref])
  if (packet.dstMac !== null && link.mac !== null && packet.dstMac !== link.mac && packet.dstMac !== 'ff:ff:ff:ff:ff:ff')
    return ended(
      drop(walk, 'neighbour-unreachable', ns, packet, `the frame is for ${packet.dstMac}, ${link.name} is ${link.mac}: not for this host`, [link.ref]),
    )
  return { at: 'input', ns, iif: link, packet, prerouted: false }
}
