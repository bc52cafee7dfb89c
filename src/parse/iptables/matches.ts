/**
 * The options between `-A CHAIN` and `-j`: built-in ones and those of `-m` extensions → matches.
 *
 *   -s 172.17.0.0/16 ! -o docker0 -p tcp -m tcp --dport 80 -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "x"
 *
 * An option that is not known makes its whole extension unknown: half a condition is no condition.
 */
import type { Family } from '../../ip/types.js'
import { normaliseMac } from '../../ip/index.js'
import type { CtStateName, IpRange, Match, NumberRange } from '../../model/rule.js'
import type { Words } from './tokens.js'
import { addresses, icmpType, ipRange, masked, portRange, protocol } from './values.js'

export interface MatchReader {
  readonly family: Family
  readonly words: Words
  /** protocol named by -p, for what depends on it */
  readonly proto: number
  /** extension the option belongs to: the last -m */
  readonly module: string
}

type Reader = (reader: MatchReader) => Match | readonly Match[] | null

const list = <T>(text: string, read: (one: string) => T | null): readonly T[] | null => {
  const all = text.split(',').map(read)
  return all.every((one) => one !== null) ? (all as T[]) : null
}

const address =
  (field: 'src' | 'dst'): Reader =>
  ({ words, family }) => {
    const parsed = list(words.value(), (one) => addresses(one, family))
    return parsed && { kind: 'address', field, ranges: parsed.flat(), negate: words.negated() }
  }

const ranges =
  (field: 'src' | 'dst'): Reader =>
  ({ words }) => {
    const range: IpRange | null = ipRange(words.value())
    return range && { kind: 'address', field, ranges: [range], negate: words.negated() }
  }

const iface =
  (side: 'in' | 'out'): Reader =>
  ({ words }) => ({ kind: 'iface', side, name: words.value(), negate: words.negated() })

const ports =
  (field: 'sport' | 'dport' | 'either'): Reader =>
  ({ words }) => {
    const parsed = list<NumberRange>(words.value(), (one) => portRange(one))
    return parsed && { kind: 'ports', field, ranges: parsed, negate: words.negated() }
  }

const FLAGS: ReadonlyMap<string, number> = new Map([['FIN', 1], ['SYN', 2], ['RST', 4], ['PSH', 8], ['ACK', 16], ['URG', 32], ['ALL', 63], ['NONE', 0]])
const flags = (text: string): number | null => list(text, (one) => FLAGS.get(one) ?? null)?.reduce((sum, one) => sum | one, 0) ?? null

const STATES = new Set(['new', 'established', 'related', 'invalid', 'untracked', 'snat', 'dnat'])
const state: Reader = ({ words }) => {
  const parsed = list(words.value(), (one) => (STATES.has(one.toLowerCase()) ? (one.toLowerCase() as CtStateName) : null))
  return parsed && { kind: 'ct-state', states: parsed, negate: words.negated() }
}

const ctAddress =
  (tuple: 'original' | 'reply', field: 'src' | 'dst'): Reader =>
  ({ words, family }) => {
    const parsed = addresses(words.value(), family)
    return parsed && { kind: 'ct-address', tuple, field, ranges: parsed, negate: words.negated() }
  }

const ctPorts =
  (tuple: 'original' | 'reply', field: 'sport' | 'dport'): Reader =>
  ({ words }) => {
    const range = portRange(words.value())
    return range && { kind: 'ct-ports', tuple, field, ranges: [range], negate: words.negated() }
  }

const addrtype =
  (field: 'src' | 'dst'): Reader =>
  ({ words }) => ({ kind: 'addrtype', field, types: words.value().toLowerCase().split(','), limit: null, negate: words.negated() })

const icmp: Reader = ({ words, family }) => {
  const parsed = icmpType(words.value(), family)
  return parsed && { kind: 'icmp', ...parsed, negate: words.negated() }
}

const dscpOf: ReadonlyMap<string, number> = new Map([
  ['BE', 0], ['EF', 46], ...Array.from({ length: 8 }, (_, i): [string, number] => [`CS${i}`, i * 8]),
  ...[1, 2, 3, 4].flatMap((cls) => [1, 2, 3].map((drop): [string, number] => [`AF${cls}${drop}`, cls * 8 + drop * 2])),
])

/** Options of built-in matches and of extensions, by the name they are written with. */
const OPTIONS: Readonly<Record<string, Reader>> = {
  '-s': address('src'),
  '--source': address('src'),
  '-d': address('dst'),
  '--destination': address('dst'),
  '-i': iface('in'),
  '-o': iface('out'),
  '-f': ({ words }) => ({ kind: 'fragment', negate: words.negated() }),
  'tcp --sport': ports('sport'),
  'tcp --dport': ports('dport'),
  'udp --sport': ports('sport'),
  'udp --dport': ports('dport'),
  'udplite --sport': ports('sport'),
  'udplite --dport': ports('dport'),
  'sctp --sport': ports('sport'),
  'sctp --dport': ports('dport'),
  'dccp --sport': ports('sport'),
  'dccp --dport': ports('dport'),
  'multiport --sports': ports('sport'),
  'multiport --dports': ports('dport'),
  'multiport --ports': ports('either'),
  'tcp --tcp-flags': ({ words }) => {
    const mask = flags(words.value())
    const set = flags(words.value())
    return mask === null || set === null ? null : { kind: 'tcp-flags', mask, set, negate: words.negated() }
  },
  'tcp --syn': ({ words }) => ({ kind: 'tcp-flags', mask: 0x17, set: 2, negate: words.negated() }),
  'icmp --icmp-type': icmp,
  'icmp6 --icmpv6-type': icmp,
  'conntrack --ctstate': state,
  'state --state': state,
  'conntrack --ctproto': ({ words }) => {
    const proto = protocol(words.value())
    return proto === null ? null : { kind: 'ct-protocol', proto, negate: words.negated() }
  },
  'conntrack --ctorigsrc': ctAddress('original', 'src'),
  'conntrack --ctorigdst': ctAddress('original', 'dst'),
  'conntrack --ctreplsrc': ctAddress('reply', 'src'),
  'conntrack --ctrepldst': ctAddress('reply', 'dst'),
  'conntrack --ctorigsrcport': ctPorts('original', 'sport'),
  'conntrack --ctorigdstport': ctPorts('original', 'dport'),
  'conntrack --ctreplsrcport': ctPorts('reply', 'sport'),
  'conntrack --ctrepldstport': ctPorts('reply', 'dport'),
  'conntrack --ctdir': ({ words }) => ({ kind: 'ct-direction', dir: words.value().toUpperCase() === 'REPLY' ? 'reply' : 'original', negate: words.negated() }),
  'conntrack --ctstatus': ({ words }) => ({ kind: 'ct-status', bits: words.value().toLowerCase().split(','), negate: words.negated() }),
  'conntrack --ctexpire': ({ words }) => ({ kind: 'cannot-know', what: `conntrack --ctexpire ${words.value()}` }),
  'mark --mark': ({ words }) => {
    const parsed = masked(words.value())
    return parsed && { kind: 'mark', of: 'packet', ...parsed, negate: words.negated() }
  },
  'connmark --mark': ({ words }) => {
    const parsed = masked(words.value())
    return parsed && { kind: 'mark', of: 'ct', ...parsed, negate: words.negated() }
  },
  'addrtype --src-type': addrtype('src'),
  'addrtype --dst-type': addrtype('dst'),
  'mac --mac-source': ({ words }) => {
    const mac = normaliseMac(words.value())
    return mac === null ? null : { kind: 'mac', mac, negate: words.negated() }
  },
  'iprange --src-range': ranges('src'),
  'iprange --dst-range': ranges('dst'),
  'physdev --physdev-in': ({ words }) => ({ kind: 'physdev', side: 'in', name: words.value(), negate: words.negated() }),
  'physdev --physdev-out': ({ words }) => ({ kind: 'physdev', side: 'out', name: words.value(), negate: words.negated() }),
  'physdev --physdev-is-in': ({ words }) => ({ kind: 'physdev-is', what: 'in', negate: words.negated() }),
  'physdev --physdev-is-out': ({ words }) => ({ kind: 'physdev-is', what: 'out', negate: words.negated() }),
  'physdev --physdev-is-bridged': ({ words }) => ({ kind: 'physdev-is', what: 'bridged', negate: words.negated() }),
  'set --match-set': ({ words }) => {
    const name = words.value()
    const fields = list(words.value(), (one) => (one === 'src' || one === 'dst' ? one : null))
    return fields && { kind: 'set', name, fields, negate: words.negated() }
  },
  'length --length': ({ words }) => {
    const range = portRange(words.value())
    return range && { kind: 'length', range, negate: words.negated() }
  },
  ...Object.fromEntries(
    (['eq', 'lt', 'gt'] as const).flatMap((op) =>
      ['ttl --ttl', 'hl --hl'].map((name): [string, Reader] => [
        `${name}-${op}`,
        ({ words }) => ({ kind: 'ttl', op, value: Number(words.value()), negate: words.negated() }),
      ]),
    ),
  ),
  'dscp --dscp': ({ words }) => ({ kind: 'tos', value: Number(words.value()) << 2, mask: 0xfc, negate: words.negated() }),
  'dscp --dscp-class': ({ words }) => {
    const value = dscpOf.get(words.value().toUpperCase())
    return value === undefined ? null : { kind: 'tos', value: value << 2, mask: 0xfc, negate: words.negated() }
  },
  'tos --tos': ({ words }) => {
    const parsed = masked(words.value(), 0xff)
    return parsed && { kind: 'tos', ...parsed, negate: words.negated() }
  },
  'pkttype --pkt-type': ({ words }) => ({ kind: 'pkttype', type: words.value(), negate: words.negated() }),
}

/** Extensions whose answer lies in state or payload that no dump shows, whatever their options. */
const CANNOT_KNOW = new Set([
  'limit', 'hashlimit', 'connlimit', 'connbytes', 'statistic', 'recent', 'rateest', 'quota', 'time', 'owner', 'cgroup', 'bpf', 'u32', 'string', 'osf', 'cpu',
  'nfacct', 'helper', 'socket', 'cluster', 'random', 'condition', 'ecn', 'realm', 'policy', 'devgroup', 'ipvs', 'connlabel', 'control', 'l2tp', 'tcpmss',
])

export const isCannotKnow = (module: string): boolean => CANNOT_KNOW.has(module)

/** A module that a protocol brings with it: `-p tcp --dport 80` without `-m tcp`. */
const implied = (reader: MatchReader): readonly string[] =>
  [reader.module, ({ 6: 'tcp', 17: 'udp', 1: 'icmp', 58: 'icmp6', 132: 'sctp', 136: 'udplite', 33: 'dccp' } as Record<number, string>)[reader.proto] ?? ''].filter((one) => one !== '')

/** null: not an option of any match here. The cursor stands behind the option's name. */
export const readMatch = (option: string, reader: MatchReader): Match | readonly Match[] | null | undefined => {
  const names: Readonly<Record<string, string>> = { '--destination-port': '--dport', '--source-port': '--sport', '--destination-ports': '--dports', '--source-ports': '--sports' }
  const short = names[option] ?? option
  for (const key of [short, ...implied(reader).map((module) => `${module} ${short}`)]) {
    const read = OPTIONS[key]
    if (read) return read(reader)
  }
  return undefined
}
