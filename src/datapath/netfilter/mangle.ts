/** Actions that change the packet and let it go on: marks, TTL, TOS, connection marks, NOTRACK. */
import type { Action, RuleTable } from '../../model/rule.js'
import type { HookContext, Packet } from '../types.js'
import { lookUp } from './nft-match.js'
import { valueOf } from './nft-value.js'

const blend = (old: number, value: number, mask: number): number => ((old & ~mask) ^ value) >>> 0

/** The packet itself where the action changes nothing. */
export const applyAction = (action: Action, context: HookContext, packet: Packet, table: RuleTable): Packet => {
  const entry = packet.ct?.entry
  switch (action.kind) {
    case 'set-mark':
      if (action.of === 'packet') {
        const mark = blend(packet.mark, action.value, action.mask)
        return mark === packet.mark ? packet : { ...packet, mark }
      }
      if (entry) entry.mark = blend(entry.mark, action.value, action.mask)
      return packet
    case 'connmark': {
      if (!entry) return packet
      if (action.op === 'save') {
        entry.mark = blend(entry.mark, packet.mark & action.nfmask, action.ctmask)
        return packet
      }
      const mark = blend(packet.mark, entry.mark & action.ctmask, action.nfmask)
      return mark === packet.mark ? packet : { ...packet, mark }
    }
    case 'notrack':
      return packet.ct ? packet : { ...packet, ct: { entry: null, state: 'untracked', dir: 'original' } }
    case 'ttl': {
      const ttl = action.op === 'set' ? action.value : action.op === 'inc' ? packet.ttl + action.value : packet.ttl - action.value
      return ttl === packet.ttl ? packet : { ...packet, ttl }
    }
    case 'tos': {
      const tos = (packet.tos & ~action.mask) | action.value
      return tos === packet.tos ? packet : { ...packet, tos }
    }
    case 'set-meta': {
      if (action.key !== 'mark' && action.key !== 'ct mark') return packet
      const value = resolve(action, context, packet, table)
      if (value === null) {
        context.gap({ about: `the mark that ${table.family} ${table.name} sets`, because: 'unsupported', remedy: 'nft list ruleset' })
        return packet
      }
      if (action.key === 'ct mark') {
        if (entry) entry.mark = value
        return packet
      }
      return value === packet.mark ? packet : { ...packet, mark: value }
    }
    default:
      return packet
  }
}

const resolve = (action: Extract<Action, { kind: 'set-meta' }>, context: HookContext, packet: Packet, table: RuleTable): number | null => {
  const { value } = action
  if (value.kind === 'map') {
    const found = lookUp(value.key, value.data, context, packet, table)
    return found.kind === 'hit' && found.data.kind === 'number' ? found.data.value >>> 0 : found.kind === 'miss' ? packet.mark : null
  }
  const worth = valueOf(value, context, packet)
  return worth.kind === 'number' ? worth.value : null
}
