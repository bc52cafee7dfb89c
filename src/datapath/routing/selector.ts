/** Does a policy rule select this packet? Kernel: net/core/fib_rules.c:fib_rule_match, net/ipv4/fib_rules.c:fib4_rule_match. */
import { contains, isUnspecified } from '../../ip/index.js'
import type { PolicyRule } from '../../model/route.js'
import type { FibQuery } from './fib.js'

const inRange = (range: readonly [number, number], value: number | null): boolean => value !== null && value >= range[0] && value <= range[1]

/** `iif lo` means locally generated. */
const comesBy = (rule: PolicyRule, query: FibQuery): boolean => {
  if (rule.iif === null) return true
  return query.localOut ? rule.iif === 'lo' : query.iif?.name === rule.iif || query.iif?.master === rule.iif
}

export const selects = (rule: PolicyRule, query: FibQuery): boolean | 'unknown' => {
  const certain =
    comesBy(rule, query) &&
    (rule.oif === null || query.oif?.name === rule.oif) &&
    (rule.fwmark === null || ((query.mark ^ rule.fwmark.value) & rule.fwmark.mask) === 0) &&
    (rule.src === null || rule.src.length === 0 || (query.src !== null && !isUnspecified(query.src) && contains(rule.src, query.src))) &&
    (rule.dst === null || contains(rule.dst, query.dst)) &&
    (rule.tos === null || rule.tos === (query.tos & 0x1e)) &&
    (rule.ipproto === null || rule.ipproto === query.ipproto) &&
    (rule.sport === null || inRange(rule.sport, query.sport)) &&
    (rule.dport === null || inRange(rule.dport, query.dport))
  if (certain) {
    const anybody = rule.uidrange === null || (rule.uidrange[0] === 0 && rule.uidrange[1] >= 0xfffffffe)
    if (rule.unknown.length > 0) return 'unknown'
    if (!anybody && query.localOut && query.uid === null) return 'unknown'
    if (!anybody && !(query.localOut && rule.uidrange !== null && inRange(rule.uidrange, query.uid))) return rule.not
  }
  return certain !== rule.not
}
