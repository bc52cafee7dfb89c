/**
 * The kernel's NAT function at one hook: for a flow whose side was not decided yet, ask every nat chain; the first statement binds, and
 * if none does the flow is left as it is for good. Kernel: net/netfilter/nf_nat_core.c:nf_nat_inet_fn.
 */
import { formatIp } from '../../ip/index.js'
import type { Ip } from '../../ip/types.js'
import type { Hook, NatTarget } from '../../model/rule.js'
import { bind, bindingOf, type Side } from '../nat.js'
import type { HookVerdict, Packet, RuleCite } from '../types.js'
import { runChain } from './chain.js'
import type { HookInput } from './hooks.js'
import { lookUp } from './nft-match.js'
import { planOf } from './order.js'

type Chosen = { readonly ok: true; readonly ip: Ip | null } | { readonly ok: false; readonly why: string }

/** The address that MASQUERADE and REDIRECT take from a device. */
const chosenAddress = (context: HookInput, nat: NatTarget, packet: Packet): Chosen => {
  if (nat.type === 'masquerade') {
    const ip = packet.oif ? context.fib.masqueradeAddress(packet.oif, context.nextHop ?? packet.dst, packet.dst) : null
    return ip ? { ok: true, ip } : { ok: false, why: `${packet.oif?.name ?? 'the device'} has no address to masquerade with` }
  }
  if (nat.type === 'redirect') {
    const ip = context.fib.redirectAddress(packet.iif, packet.family)
    return ip ? { ok: true, ip } : { ok: false, why: `${packet.iif?.name ?? 'the device'} has no address to redirect to` }
  }
  return { ok: true, ip: null }
}

const fromMap = (nat: NatTarget, context: HookInput, packet: Packet, sets: Parameters<typeof lookUp>[4]): NatTarget | null => {
  if (nat.map?.kind !== 'map') return nat
  const found = lookUp(nat.map.key, nat.map.data, context, packet, sets)
  if (found.kind !== 'hit') return null
  const { data } = found
  if (data.kind === 'ip') return { ...nat, addresses: { from: data.value, to: data.value }, map: null }
  if (data.kind === 'concat') {
    const [address, port] = data.parts
    if (address?.kind === 'ip' && port?.kind === 'number') return { ...nat, addresses: { from: address.value, to: address.value }, ports: [port.value, port.value], map: null }
  }
  return null
}

/** SNAT cannot stand at PREROUTING: nft's NAT statements act on the side of their own type. */
const sideOf = (nat: NatTarget, side: Side): Side => (nat.type === 'netmap' ? side : nat.type === 'snat' || nat.type === 'masquerade' ? 'src' : 'dst')

export const bindFlow = (context: HookInput, hook: Hook, side: Side, packet: Packet): { readonly verdict: HookVerdict | null } => {
  const flow = packet.ct
  const entry = flow?.entry
  if (!entry || flow.dir === 'reply' || (side === 'src' ? entry.srcDone : entry.dstDone)) return { verdict: null }
  const settle = (): void => {
    if (side === 'src') entry.srcDone = true
    else entry.dstDone = true
  }
  /** a flow that is already tracked was asked when it was new */
  if (flow.state !== 'new' && flow.state !== 'related') {
    settle()
    return { verdict: null }
  }
  for (const { table, chain } of planOf(context.ns, packet.family, hook).nat) {
    const result = runChain(table, chain, context, packet)
    const by: RuleCite | undefined = result.trail.at(-1)
    if (!by) continue
    if (result.verdict.kind === 'drop') return { verdict: { kind: 'drop', by } }
    if (result.verdict.kind === 'stolen' || result.verdict.kind === 'unknown') return { verdict: { kind: result.verdict.kind, by, why: result.verdict.why } }
    if (result.verdict.kind !== 'nat') continue
    const nat = fromMap(result.verdict.nat, context, packet, table)
    if (!nat) continue
    const chosen = chosenAddress(context, nat, packet)
    if (!chosen.ok) return { verdict: { kind: 'drop', by: { ...by, text: `${by.text}  (${chosen.why})` } } }
    const where = sideOf(nat, side)
    const old = where === 'src' ? packet.src : packet.dst
    bind(entry, where, bindingOf(nat, old, chosen.ip, `${by.table} ${by.chain} #${by.rule} for ${formatIp(old)}`, context.choose))
    if (where === 'src') entry.srcBy = { cite: by, decision: nat.type }
    else entry.dstBy = { cite: by, decision: nat.type }
    break
  }
  settle()
  return { verdict: null }
}
