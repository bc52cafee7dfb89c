/**
 * nft's comparisons: a packet's value against constants, ranges, prefixes, sets and maps.
 * A missing header or flow makes any comparison false (the kernel breaks off the rule), `!=` too.
 */
import { compareIp, contains, equalIp } from '../../ip/index.js'
import type { NftExpr } from '../../model/nft-expr.js'
import type { Match, NamedSet } from '../../model/rule.js'
import type { HookContext, Packet } from '../types.js'
import { wordValue } from './nft-words.js'
import { type NftValue, valueOf } from './nft-value.js'

/** The named sets a rule can see: those of its own table. */
export interface NftScope {
  readonly sets: ReadonlyMap<string, NamedSet>
}

type Tri = boolean | 'unknown'

const or = (answers: readonly Tri[]): Tri => (answers.includes(true) ? true : answers.includes('unknown') ? 'unknown' : false)

/** Bit sets: a list of words is their union, and `in` asks for any common bit. */
const isBits = (left: NftExpr): boolean =>
  (left.kind === 'ct' && (left.key === 'state' || left.key === 'status')) || (left.kind === 'payload' && left.protocol === 'tcp' && left.field === 'flags')

const constant = (expr: NftExpr, left: NftExpr): NftValue => {
  if (expr.kind === 'number') return { kind: 'number', value: expr.value >>> 0 }
  if (expr.kind === 'ip') return { kind: 'ip', value: expr.value }
  if (expr.kind === 'text') return wordValue(expr.value, left)
  if (expr.kind === 'set') {
    let bits = 0
    for (const element of expr.elements) {
      const value = constant(element, left)
      if (value.kind !== 'number') return { kind: 'unknown', what: 'a list of names' }
      bits |= value.value
    }
    return { kind: 'number', value: bits >>> 0 }
  }
  if (expr.kind === 'binary' && expr.op === '|') {
    const [a, b] = [constant(expr.left, left), constant(expr.right, left)]
    return a.kind === 'number' && b.kind === 'number' ? { kind: 'number', value: (a.value | b.value) >>> 0 } : { kind: 'unknown', what: 'a list of names' }
  }
  return { kind: 'unknown', what: expr.kind }
}

const order = (a: NftValue, b: NftValue): number | null => {
  if (a.kind === 'number' && b.kind === 'number') return a.value - b.value
  if (a.kind === 'ip' && b.kind === 'ip' && a.value.family === b.value.family) return compareIp(a.value, b.value)
  return null
}

/** Interface names may end in "*". */
const sameName = (value: string, pattern: string): boolean => (pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : value === pattern)

/** Is the value this one thing: a constant, a prefix, a range, a tuple of those? */
const equals = (value: NftValue, right: NftExpr, left: NftExpr): Tri => {
  if (value.kind === 'concat') {
    if (right.kind !== 'concat' || left.kind !== 'concat') return 'unknown'
    const parts = value.parts.map((part, index): Tri => {
      const [r, l] = [right.parts[index], left.parts[index]]
      return r && l ? equals(part, r, l) : 'unknown'
    })
    return parts.includes(false) ? false : parts.includes('unknown') ? 'unknown' : true
  }
  if (right.kind === 'prefix') return value.kind === 'ip' ? contains(right.value, value.value) : 'unknown'
  if (right.kind === 'range') {
    const [low, high] = [order(value, constant(right.from, left)), order(value, constant(right.to, left))]
    return low === null || high === null ? 'unknown' : low >= 0 && high <= 0
  }
  if (right.kind === 'text' && right.value === '*') return true
  const other = constant(right, left)
  if (value.kind === 'ip' && other.kind === 'ip') return equalIp(value.value, other.value)
  if (value.kind === 'number' && other.kind === 'number') return value.value === other.value
  if (value.kind === 'name' && other.kind === 'name') return sameName(value.value, other.value)
  if (value.kind === 'number' && other.kind === 'name') return 'unknown'
  return other.kind === 'unknown' ? 'unknown' : false
}

const elementsOf = (right: NftExpr, scope: NftScope): readonly NftExpr[] | null => {
  if (right.kind === 'set') return right.elements
  if (right.kind !== 'named') return null
  const set = scope.sets.get(right.name)
  if (!set) return null
  return (set.elements as readonly NftExpr[]).flatMap((one) => (one.kind === 'set' ? one.elements : one.kind === 'mapping' ? one.pairs.map(([key]) => key) : [one]))
}

const within = (value: NftValue, right: NftExpr, left: NftExpr, scope: NftScope): Tri => {
  const elements = elementsOf(right, scope)
  if (elements) return or(elements.map((element) => equals(value, element, left)))
  return right.kind === 'named' ? 'unknown' : equals(value, right, left)
}

const negate = (tri: Tri): Tri => (tri === 'unknown' ? tri : !tri)

export const compareNft = (one: Extract<Match, { kind: 'nft' }>, context: HookContext, packet: Packet, scope: NftScope): Tri => {
  const { op, left, right } = one
  const value = valueOf(left, context, packet, (text) => wordValue(text, left))
  if (value.kind === 'missing') return false
  if (value.kind === 'unknown') return 'unknown'
  /** braces were an anonymous set of exact values; a plain list, and a lone word with "in", are bits */
  if (isBits(left) && value.kind === 'number' && right.kind !== 'named' && !(right.kind === 'set' && op === '==')) {
    const bits = constant(right, left)
    if (bits.kind !== 'number') return 'unknown'
    if (op === 'in') return (value.value & bits.value) !== 0
    if (op === '!=' && right.kind === 'set') return (value.value & bits.value) === 0
  }
  switch (op) {
    case '==':
    case 'in':
      return within(value, right, left, scope)
    case '!=':
      return negate(within(value, right, left, scope))
    default: {
      const found = order(value, constant(right, left))
      if (found === null) return 'unknown'
      return op === '<' ? found < 0 : op === '>' ? found > 0 : op === '<=' ? found <= 0 : op === '>=' ? found >= 0 : 'unknown'
    }
  }
}

export type Looked = { readonly kind: 'hit'; readonly data: NftExpr } | { readonly kind: 'miss' } | { readonly kind: 'unknown'; readonly what: string }

/** A map's value for the packet; a miss is no match. */
export const lookUp = (key: NftExpr, data: NftExpr, context: HookContext, packet: Packet, scope: NftScope): Looked => {
  const value = valueOf(key, context, packet, (text) => wordValue(text, key))
  if (value.kind === 'missing') return { kind: 'miss' }
  if (value.kind === 'unknown') return { kind: 'unknown', what: value.what }
  const pairs = pairsOf(data, scope)
  if (!pairs) return { kind: 'unknown', what: 'a map that was not recorded' }
  let vague = false
  for (const [element, result] of pairs) {
    const hit = isBits(key) && value.kind === 'number' ? bitEquals(value.value, element, key) : equals(value, element, key)
    if (hit === true) return { kind: 'hit', data: result }
    if (hit === 'unknown') vague = true
  }
  return vague ? { kind: 'unknown', what: 'an element of the map' } : { kind: 'miss' }
}

const bitEquals = (value: number, element: NftExpr, left: NftExpr): Tri => {
  const other = constant(element, left)
  return other.kind === 'number' ? value === other.value : 'unknown'
}

const pairsOf = (data: NftExpr, scope: NftScope): readonly (readonly [NftExpr, NftExpr])[] | null => {
  if (data.kind === 'mapping') return data.pairs
  if (data.kind === 'set' && data.elements.length === 0) return []
  if (data.kind !== 'named') return null
  const set = scope.sets.get(data.name)
  return set ? (set.elements as readonly NftExpr[]).flatMap((one) => (one.kind === 'mapping' ? one.pairs : [])) : null
}
